"""The hot path: commit a sealed message, then carry it to every socket that follows the conversation."""
