"""Probes of record stores: what is asked of one organisation's reaches no other's rows."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from chat.models import Conversation, Message
from compliance import registry, rule_sets
from compliance.masking import MaskingPolicy
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.proofs.isolation.asking import undone
from tests.proofs.isolation.fingerprints import fingerprint
from tests.proofs.isolation.report import Report
from tests.proofs.isolation.sides import Side, World
from tests.proofs.isolation.situations import let_be_over, outdate


class StoreProof:
    """Every method of every store, and of what a purge walks."""

    def __init__(self, world: World, report: Report) -> None:
        self.world, self.report = world, report

    def run(self) -> None:
        for store in registry.stores():
            self.store(store)
        for expiring in registry.expiring():
            self.expiring(expiring)

    def store(self, store: registry.RecordStore) -> None:
        """Everything a store can be asked, as Globex, with Acme's rows beside."""
        name = f"store:{store.record_class}"
        for method, leak, works in (
            ("erase_all", self.erases_all(store, self.world.globex), self.erases_all(store, self.world.acme)),
            ("rescan", self.rescans(store, self.world.globex), self.rescans(store, self.world.acme)),
            ("export", self.exports(store, self.world.globex), self.exports(store, self.world.acme)),
            ("count", self.counts(store, self.world.globex), self.counts(store, self.world.acme)),
            ("has_outdated", self.outdated(store, self.world.globex), self.outdated(store, self.world.acme)),
            (
                "count_outdated",
                self.counts_outdated(store, self.world.globex),
                self.counts_outdated(store, self.world.acme),
            ),
            ("count_texts", self.counts_texts(store, self.world.globex), self.counts_texts(store, self.world.acme)),
            ("try_out", self.tries_out(store, self.world.globex), self.tries_out(store, self.world.acme)),
            ("try_out_recent", self.tries_recent(store, self.world.globex), self.tries_recent(store, self.world.acme)),
        ):
            self.report.controls += 1
            cell = (name, method, "scope", "organisation", "another tenant")
            self.report.probed(cell, leak="it reaches the other organisation's rows" if leak else "")
            if not works:
                self.report.uncovered[(name, method, "*", "*", "*")] = "it does nothing to its own organisation"
        methods = {one for one in vars(registry.RecordStore) if not one.startswith("_")} - {"record_class", "holds"}
        asked = {"erase_all", "rescan", "export", "count", "has_outdated"}
        asked |= {"count_outdated", "count_texts", "try_out", "try_out_recent"}
        for unknown in methods - asked:
            self.report.uncovered[(name, unknown, "*", "*", "*")] = "no probe asks this of it"

    def expiring(self, expiring: registry.Expiring) -> None:
        """What a purge asks of a class of records, as Globex, with Acme's rows beside."""
        for method, ask in (("erase_expired", self.erases), ("expected", self.expects)):
            self.report.controls += 1
            cell = (f"expiring:{expiring.record_class}", method, "scope", "organisation", "another tenant")
            leak = ask(expiring, self.world.globex)
            self.report.probed(cell, leak="it reaches the other organisation's rows" if leak else "")
            if not ask(expiring, self.world.acme):
                self.report.uncovered[(cell[0], method, "*", "*", "*")] = "it does nothing to its own organisation"

    def erases(self, expiring: registry.Expiring, scope: Side) -> bool:
        with undone():
            let_be_over(self.world.acme)
            before = fingerprint(self.world.acme)
            with tenant_scope(scope.tenant):
                expiring.erase_expired(before=clock.now() + timedelta(days=1), limit=100)
            return fingerprint(self.world.acme) != before

    def expects(self, expiring: registry.Expiring, scope: Side) -> bool:
        """Whether more is counted when more of Acme's is over."""
        cutoffs = {expiring.record_class: clock.now() - timedelta(days=30)}
        with undone():
            with tenant_scope(scope.tenant):
                before = expiring.expected(cutoffs=cutoffs).records
            let_be_over(self.world.acme)
            with tenant_scope(scope.tenant):
                return expiring.expected(cutoffs=cutoffs).records != before

    def erases_all(self, store: registry.RecordStore, scope: Side) -> bool:
        before = fingerprint(self.world.acme)
        with undone():
            with tenant_scope(scope.tenant):
                store.erase_all(limit=100)
            return fingerprint(self.world.acme) != before

    def rescans(self, store: registry.RecordStore, scope: Side) -> bool:
        with undone():
            outdate(self.world.acme)
            before = fingerprint(self.world.acme)
            with tenant_scope(scope.tenant):
                rules = rule_sets.current(scope.tenant.id)
                store.rescan(rule_set=rules, after=None, limit=100, now=clock.now())
            return fingerprint(self.world.acme) != before

    def exports(self, store: registry.RecordStore, scope: Side) -> bool:
        with undone(), tenant_scope(scope.tenant):
            owner = scope.members["owner"]
            exported = str(list(store.export(owner, limit=100, now=clock.now())))
        return any(word in exported for word in self.world.secrets)

    def counts(self, store: registry.RecordStore, scope: Side) -> bool:
        """Whether one more of Acme's is counted."""
        with undone():
            with tenant_scope(scope.tenant):
                before = store.count()
            with tenant_scope(self.world.acme.tenant):
                last = Conversation.objects.get(id=self.world.acme.conversation.id)
                last.pk, last.client_id = uuid4(), uuid4()
                last.save(force_insert=True)
            with tenant_scope(scope.tenant):
                return store.count() != before

    def outdated(self, store: registry.RecordStore, scope: Side) -> bool:
        with undone():
            outdate(self.world.acme)
            with tenant_scope(scope.tenant):
                return store.has_outdated(1)

    def counts_outdated(self, store: registry.RecordStore, scope: Side) -> bool:
        with undone():
            outdate(self.world.acme)
            with tenant_scope(scope.tenant):
                return store.count_outdated(1) > 0

    def counts_texts(self, store: registry.RecordStore, scope: Side) -> bool:
        return self.falls(store.count_texts, scope)

    def tries_out(self, store: registry.RecordStore, scope: Side) -> bool:
        """Whether a count, walked to its end, goes through Acme's texts."""

        def looked_at(after: registry.Place | None = None) -> int:
            done = store.try_out(policy=MaskingPolicy.named("default"), after=after, limit=1000)
            return done.looked_at + (looked_at(done.place) if done.place else 0)

        return self.falls(looked_at, scope)

    def falls(self, count: Callable[[], int], scope: Side) -> bool:
        """Whether a number changes when Acme's texts are gone."""
        with undone():
            with tenant_scope(scope.tenant):
                before = count()
            with tenant_scope(self.world.acme.tenant):
                Message.objects.all().delete()
            with tenant_scope(scope.tenant):
                return count() != before

    def tries_recent(self, store: registry.RecordStore, scope: Side) -> bool:
        policy, until = MaskingPolicy.named("default"), UUID(int=2**128 - 1)
        with undone():
            with tenant_scope(scope.tenant):
                done = store.try_out_recent(policy=policy, after=UUID(int=0), until=until, limit=1000)
            return self.is_acmes(done.place)

    def is_acmes(self, place: registry.Place | None) -> bool:
        """Whether a place is in one of Acme's conversations."""
        if place is None:
            return False
        with tenant_scope(self.world.acme.tenant):
            models = (Conversation, Message)
            return any(model.objects.filter(id=place.id).exists() for model in models)
