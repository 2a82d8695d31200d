"""Run one tool over texts given as JSON; run by rivals.py in the tool's own environment, with nothing of ours.

In: `{"rival": name, "cases": [[text, …], …], "mix": [text, …]}`. Out, in the last line: `{"version": str,
"found": [[[message, start, end], …], …], "messages_per_s": int}`, on the CPU time of the thread.
"""

import importlib.metadata
import json
import logging
import sys
import time

#: Kinds that the corpus does not ask for; a date in a harmless text is not held against a tool.
NOT_ASKED = {"DATE_TIME", "URL", "NRP", "PERSON", "LOCATION", "ORGANIZATION", "ZIP", "DE_POSTAL_CODE", "UUID"}


def tokenizer_without_model():  # noqa: C901  one short method for each that the interface asks for
    """What Presidio needs of a language: words, and no entities."""
    import spacy
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

    class Tokenizer(NlpEngine):
        def __init__(self):
            self.nlp = spacy.blank("en")

        def load(self):
            pass

        def is_loaded(self):
            return True

        def process_text(self, text, language):
            tokens = self.nlp(text)
            starts, lemmas = [token.idx for token in tokens], [token.text.lower() for token in tokens]
            return NlpArtifacts([], tokens, starts, lemmas, self, language)

        def process_batch(self, texts, language, **_):
            return ((text, self.process_text(text, language)) for text in texts)

        def is_stopword(self, word, language):
            return False

        def is_punct(self, word, language):
            return not word.isalnum()

        def get_supported_entities(self):
            return []

        def get_supported_languages(self):
            return ["en"]

    return Tokenizer()


def presidio():
    """Every pattern recognizer that comes with it, on a tokenizer without a model."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    tokenizer = tokenizer_without_model()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=tokenizer)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=tokenizer, supported_languages=["en"])

    def find(text):
        found = analyzer.analyze(text, language="en")
        return [(one.start, one.end) for one in found if one.entity_type not in NOT_ASKED]

    return find


def datafog():
    """Its regular expressions."""
    from datafog.processing.text_processing.regex_annotator.regex_annotator import RegexAnnotator

    annotator = RegexAnnotator()

    def find(text):
        _, result = annotator.annotate_with_spans(text)
        return [(span.start, span.end) for span in result.spans if span.label not in NOT_ASKED]

    return find


def scrubadub():
    """Its detectors that need no model."""
    import scrubadub as package

    scrubber = package.Scrubber()
    return lambda text: [(filth.beg, filth.end) for filth in scrubber.iter_filth(text) if filth.type != "url"]


RIVALS = {
    "presidio": (presidio, "presidio_analyzer"),
    "datafog": (datafog, "datafog"),
    "scrubadub": (scrubadub, "scrubadub"),
}


def main():
    """Find, then measure."""
    logging.disable(logging.CRITICAL)
    work = json.load(sys.stdin)
    make, package = RIVALS[work["rival"]]
    find = make()
    found = [[(number, *span) for number, text in enumerate(case) for span in find(text)] for case in work["cases"]]
    begun = time.thread_time()
    for text in work["mix"]:
        find(text)
    spent = time.thread_time() - begun
    answer = {
        "version": importlib.metadata.version(package),
        "found": found,
        "messages_per_s": round(len(work["mix"]) / spent),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
