"""The restore drill: a backup of both databases is restored beside the live ones, looked at, and thrown away again."""
