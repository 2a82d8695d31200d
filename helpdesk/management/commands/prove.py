from helpdesk.launch.command import LauncherCommand


class Command(LauncherCommand):
    """`manage.py prove NAME`; see helpdesk/launch/prove.py."""

    help = "Prove a promise by trying to break it, and print the figures as one JSON line."
    module = "helpdesk.launch.prove"
