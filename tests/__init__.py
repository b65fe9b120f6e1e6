"""The tests; torch and FAISS compute as they do for a person: with threads that do not spin while they wait."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as `qa.settings` does, and before any library is loaded
