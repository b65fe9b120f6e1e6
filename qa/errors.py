"""What can go wrong in question answering, each error saying what to do about it."""

from index.errors import QuotewiseError


class QuestionError(QuotewiseError):
    """A question cannot be asked as it is: it is empty or too long."""


class QuestionFileError(QuotewiseError):
    """A file of golden questions cannot be read."""


class FeedbackError(QuotewiseError):
    """A verdict on an answer cannot be kept as it is."""
