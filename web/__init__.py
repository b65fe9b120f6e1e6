"""The server of the chat: who may ask for what, files into the library, the API, several libraries side by side."""
