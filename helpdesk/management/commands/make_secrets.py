from helpdesk.launch.command import LauncherCommand


class Command(LauncherCommand):
    """`manage.py make_secrets DIRECTORY`; see helpdesk/launch/make_secrets.py."""

    help = "Make the secrets that docker-compose.yml hands to its services."
    module = "helpdesk.launch.make_secrets"
