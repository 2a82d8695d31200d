"""Passwords that are chosen anew."""

from tests.factories.tenants import PASSWORD

CHANGE = "/password/change/"
NEW = "nine paper umbrellas"


def change(client, present=PASSWORD, password=NEW, **more):
    return client.post(CHANGE, {"present": present, "password": password, **more})
