"""What the demo has and a deployment has not: a mail catcher, and a customer's page."""
