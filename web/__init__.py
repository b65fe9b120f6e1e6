"""What the chat's page needs of a server beside Gradio: who may ask for what, and files into the library."""
