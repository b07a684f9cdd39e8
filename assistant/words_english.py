"""Every sentence the product itself says, in English. The documents, and what is read from them, stay Chinese."""

from collections.abc import Sequence
from typing import ClassVar

from assistant.datatypes import Answer, Asks, Carried, Reason, Verdict
from assistant.words_chinese import Words


class EnglishWords(Words):
    """The product's words in English. Questions stay Chinese: the documents are."""

    KINDS: ClassVar[dict[str, str]] = {
        "work report": "work report",
        "action plan": "action plan",
        "work points": "work points",
        "five-year plan": "five-year plan",
        "work plan": "work plan",
        "plan": "plan",
        "opinions": "opinions",
        "measures": "measures",
        "notice": "notice",
    }
    ASKS: ClassVar[dict[Asks, str]] = {
        "fact": "a fact",
        "figure": "a figure",
        "when": "a date",
        "who": "who is responsible",
        "list": "measures one by one",
        "summary": "goals and outline",
    }
    CARRIED: ClassVar[dict[str, str]] = {
        "districts": "districts from before",
        "topic": "topic from before",
        "period": "period from before",
    }

    NOT_MENTIONED = "not mentioned"
    ASPECT = "aspect"
    NEAREST = "These places are nearest, but they are no answer"
    PERIODS_DIFFER = "Note: the documents quoted are about different periods; take care in comparing them."

    def kind_word(self, kind: str | None) -> str:
        """Return what a kind of document is called."""
        return self.KINDS.get(kind or "", kind or "kind not known")

    def reason_text(self, answer: Answer, known: Sequence[str]) -> str:
        """Return why there is no answer and what to do next; ``known`` are the districts with documents."""
        question = answer.question
        where = f"The documents of {', '.join(question.districts)}" if question.districts else "The documents"
        texts: dict[Reason, str] = {
            "empty": "There is no question. Type one in Chinese, for example 养老服务有哪些举措？",
            "too-long": (
                f"This text has {len(question.text)} characters, more than a question may have (500). "
                "Leave only what you want to ask."
            ),
            "not-chinese": "The documents are Chinese. Please ask in Chinese.",
            "outside-place": (
                f"There is no document of {', '.join(question.unknown_places)}. You can ask about: {', '.join(known)}."
            ),
            "outside-period": (
                f"{where} say nothing of {', '.join(map(str, question.unknown_years))}: none is about that year."
            ),
            "off-topic": (
                "This does not seem to be about what plans hold. Only sentences of the documents are quoted here; "
                "nothing is written, chatted about or answered from other knowledge."
            ),
            "topic-missing": f"{where} do not speak of this topic.",
            "detail-missing": f"{where} speak of this topic, but not of the detail you asked about.",
        }
        return texts[answer.reason] if answer.reason else ""

    def elsewhere_text(self, districts: Sequence[str]) -> str:
        """Return which other districts' documents do answer."""
        return f"The documents of {', '.join(districts)} speak of it; ask about them."

    def carried_text(self, carried: Carried) -> str:
        """Return what was carried over from the turns before, as a label."""
        return f"{self.CARRIED[carried.what]}: {carried.value}"

    PAGE_TITLE = "Plans in their own words"
    PAGE_PURPOSE = (
        "Ask in everyday Chinese. Answers are quotations from the plans, word for word, each one click away from its "
        "place in the original."
    )
    ABOUT_CORRECTED = "read by its sound as"
    ASK_HERE = "Type a question in Chinese, for example 养老服务有哪些举措？"
    ASK_NEXT = "Ask on: another district, another topic"
    TRY_ASKING = "You could ask"
    DOCUMENTS_HERE = "Documents"
    NEW_CHAT = "New conversation"
    OPEN_SOURCE = "Open the original"
    OPEN_DOCUMENT = "Open the original"
    BACK = "← Back"
    TRY_AGAIN = "Try again"
    DOWNLOAD = "Download the original"
    OUTLINE = "Outline"
    NO_OUTLINE = "No headings were recognized in this document."
    CONVERSATIONS = "Conversations"
    SEARCH_CONVERSATIONS = "Search conversations"
    NO_CONVERSATION = "Conversations are kept here."
    NO_CONVERSATION_FOUND = "No conversation found."
    NO_SUCH_CONVERSATION = "This conversation was not found: it may have been deleted, or the address is wrong."
    QUOTE_CHANGED = "The document was changed after it was quoted; other words stand at this place now."
    MORE = "⋯"
    TITLE, RENAME, DELETE = "Name", "Rename", "Delete this conversation"
    DELETE_WARNING = "It can't be brought back."
    EXPORT, EXPORT_TABLE = "Export", "Download the table"
    CHANGE_MEANING = "Change"
    CHANGE_MEANING_HELP = "Not what you meant? Change it and the documents are searched again; this answer stays above."
    ASK_AGAIN = "Search again"
    ALL_DISTRICTS, ALL_YEARS = "all", "any"
    VERDICT_LABEL = "This answer"
    VERDICTS: ClassVar[dict[Verdict, str]] = {
        "good": "good",
        "wrong-evidence": "wrong evidence",
        "incomplete": "incomplete",
        "should-not-answer": "should not have answered",
    }
    JUDGED_CASES = "Judged answers (JSONL)"
    KNOWN_DISTRICTS = "Districts with documents"
    SIDE_BY_SIDE, QUOTES, FIGURES = "Side by side", "Quotations", "Figures"
    QUOTE_HEAD = (
        "No.", "Column", "Quotation", "Title", "District", "Headings", "Paragraph", "Page", "Document", "From", "To"
    )  # fmt: skip
    FIGURE_HEAD = ("Measure", "Value", "Unit", "As written", "Column", "Quotation no.")
    WITHIN = "only in"
    COPY_QUOTE, COPIED = "Copy quotation", "Copied"
    AROUND = "Context"
    TAKE_AWAY = "Take this away and search again"
    FROM_BEFORE = " (from before)"
    FIGURES_SIDE_BY_SIDE = "Figures of one kind, side by side"
    FIND_IN_DOCUMENT = "Find in this document"
    PLACE_BEFORE, PLACE_AFTER = "↑ Previous", "↓ Next"
    SHOW_EARLIER = "Show earlier turns"
    SCOPE, SCOPE_HELP = "Scope", "Only the documents chosen are searched; without a choice all are."
    SCOPE_DOCUMENTS, SCOPE_KINDS, SCOPE_EMPTY = "Documents", "Kinds", "No document fits all of these. Widen the scope."
    ALL_DOCUMENTS = "All documents"
    TAG = "en"
    OVERVIEW_TITLE = "Overview"
    OVERVIEW_PURPOSE = "What each document is about, how much it writes on it, and the figures it gives. A click asks."
    NO_DOCUMENTS = "There are no documents yet. Add some on the page Documents."
    THEMES = "Themes"
    THEMES_HELP = (
        "Themes are words of the documents' own headings; the darker a cell, the more of its text a document gives to the "
        "theme. A click asks what the document plans there."
    )
    NO_THEMES = "These documents have too few headings to tell themes."
    CHARACTERS, SHARE = "Characters", "Share of the text"
    LOOK_AT_THEME = "Look at the headings of a theme"
    ASK_ABOUT_IT = "Ask about it"
    KEY_FIGURES = "Key figures"
    KEY_FIGURES_HELP = (
        "Every figure is taken from a sentence. Sort by a column, search for words; choose a row to ask or open it."
    )
    FIND_FIGURE, FIND_FIGURE_EXAMPLE = "Find a figure", "a Chinese word of it"
    NO_FIGURE = "No figure fits."
    MEASURE, AS_WRITTEN, VALUE, UNIT, SENTENCE = "Measure", "As written", "Value", "Unit", "Sentence"
    LIBRARY_TITLE = "Documents"
    LIBRARY_PURPOSE = "All answers rest on these documents. Add your own, correct what was misread, or take one out."
    ADD_FILES = "Add files (txt, md, web pages, Word docx, PDF; several at once)"
    ADD = "Add"
    NO_FILE_CHOSEN = "No file was chosen."
    LEFT_OUT = "Not added:"
    NOT_INDEXED = "Some changes are not in the index yet, so they can't be asked about."
    INDEX_NOW = "Update the index now"
    INDEXING = "Updating the index; until then the documents as they were answer …"
    CANCEL, CANCEL_HELP = "Cancel", "Stops: the files are kept, the index in use stays, and can be updated later."
    INDEX_STAGES: ClassVar[dict[str, str]] = {"read": "reading", "embed": "embedding sentences", "store": "writing"}
    PARENT, KIND, PASSAGES, OWN, FILE = "Part of", "Kind", "Passages", "Own", "File"
    LOOK_AT_DOCUMENT = "Look at a document"
    CORRECT = "Correct"
    CORRECT_HELP = (
        "The document is indexed again and stays corrected. Leave a field empty to go by the document. "
        "A period is written 2024 or 2023-2025."
    )
    KEEP_CORRECTION = "Keep the correction"
    TAKE_OUT = "Take out"
    TAKE_OUT_HELP = "It answers no more, but is kept and can be brought back at any time."
    TAKE_OUT_NOW = "Take this document out"
    TAKEN_OUT = "Documents taken out"
    BRING_BACK = "Bring back"
    FIELDS: ClassVar[dict[str, str]] = {
        "title": "Title",
        "district": "District",
        "parent": "Part of",
        "issuer": "Issued by",
        "date": "Published",
        "period": "About",
        "kind": "Kind",
    }
    LANGUAGE = "Language"
    ASKING, OVERVIEW, LIBRARY = "Ask", "Overview", "Documents"
    READING_DOCUMENTS = "Reading the documents …"
    LOADING_MODEL = "The first question loads the language models, which takes a few seconds …"

    ABOUT_DISTRICT, ABOUT_PERIOD, ABOUT_TOPIC, ABOUT_ASKS = "District", "Period", "Topic", "Looking for"
    NOT_AMONG_DOCUMENTS = "not in the documents"
    NOT_KNOWN = "not given"
    ISSUER, DATE, PERIOD = "Issued by", "Published", "About"

    NO_SUCH_DOCUMENT = "This document was not found: it may have been removed from the index, or the address is wrong."
    NO_SUCH_PLACE = "The place in the address lies outside this document's text, so nothing is marked below."
    MOVED_PLACE = (
        "The document was changed after it was quoted; other words stand there now, so nothing is marked below."
    )
    HISTORY_REMEDY = "See below; or set PLANS_HISTORY to none, so that no conversations are kept."
    STORE_REMEDY = "Run plans index FOLDER --store {store} in a terminal to build the index, then reload this page."
    TROUBLE: ClassVar[dict[str, str]] = {
        "NoIndexError": "Nothing has been indexed yet, so there are no documents to ask.",
        "StoreError": "The index can't be opened: it may be damaged, or another model or version built it.",
        "ModelError": "The language models can't be opened: their files are missing or damaged.",
        "DocumentError": "A document can't be read.",
        "HistoryError": "The file that keeps conversations can't be opened or written.",
    }
    TROUBLE_ELSE = "Questions can't be answered at the moment."
    MODEL_REMEDY = "Restore the model files with git checkout -- vectorstore/models assistant/models, or install again; then restart."

    def paragraph_text(self, number: int) -> str:
        """Return the name of a paragraph; ``number`` counts from 1."""
        return f"paragraph {number}"

    def place_text(self, paragraph: int, page: int | None) -> str:
        """Return where a quote stands: its page, if the file has pages, and its paragraph."""
        return f"page {page} · {self.paragraph_text(paragraph)}" if page else self.paragraph_text(paragraph)

    def year_text(self, years: str) -> str:
        """Return years as they are said: ``2024`` or ``2023-2025``."""
        return years.replace("-", "–")

    def found_text(self, quotes: int, documents: int) -> str:
        """Return how much was found."""
        return f"{quotes} {_plural('quotation', quotes)} from {documents} {_plural('document', documents)}"

    def documents_text(self, documents: int, passages: int) -> str:
        """Return how much there is."""
        return f"{documents} {_plural('document', documents)}, {passages} passages"

    def added_text(self, name: str, outcome: str) -> str:
        """Return what became of a file that was added."""
        words = {
            "added": "added",
            "replaced": "replaces the file of that name",
            "known": "the same as a document there is, so not added again",
        }
        return f"{name}: {words[outcome]}"

    def nothing_found_text(self, words: str) -> str:
        """Return that a document does not hold the words searched for."""
        return f"{words.strip()} does not stand in this document."

    def scope_text(self, labels: Sequence[str]) -> str:
        """Return what questions are restricted to; ``labels`` are its parts."""
        return f"{self.SCOPE}: {', '.join(labels) or 'all documents'}"

    def earlier_text(self, turns: int) -> str:
        """Return how many turns are not drawn."""
        return f"{turns} earlier {_plural('turn', turns)} not shown, but still part of the conversation."

    def trouble_keeping_text(self, error: str) -> str:
        """Return that conversations can't be kept or read, and why."""
        return f"The conversation could not be kept or read; answers are not affected. {error}"

    def more_documents_text(self, count: int) -> str:
        """Return the label of the documents that are folded away."""
        return f"{count} more {_plural('document', count)}"


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
