"""LangChain: its recursive splitter, Chroma, the nearest pieces."""

from collections.abc import Mapping
from pathlib import Path

from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from sentence_transformers import SentenceTransformer

from tests.benchmarks.rivals.datatypes import LENGTH, OVERLAP, Found, Piece
from vectorstore.embeddings import BUNDLED_FOLDER

# Those, and their order, of its documentation for languages without spaces ("Splitting recursively")
SEPARATORS = ["\n\n", "\n", " ", ".", ",", "\u200b", "\uff0c", "\u3001", "\uff0e", "\u3002", ""]


def split(texts: Mapping[str, str]) -> list[Document]:
    """Return the pieces of texts, each with its document's name (``source``) and its place (``start_index``)."""
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=LENGTH, chunk_overlap=OVERLAP, separators=SEPARATORS, add_start_index=True
    )
    return splitter.create_documents(list(texts.values()), [{"source": name} for name in texts])


class LangChain:
    """LangChain with a Chroma collection on disk."""

    store: Chroma

    def __init__(self) -> None:
        self._encoder = _Encoder()

    def index(self, texts: Mapping[str, str], folder: Path) -> None:
        """Split, embed and store."""
        self.store = Chroma.from_documents(split(texts), self._encoder, persist_directory=str(folder / "chroma"))

    def search(self, question: str, limit: int) -> Found:
        """Return the nearest pieces."""
        return Found(tuple(_piece(document) for document in self.store.similarity_search(question, k=limit)))


class _Encoder(Embeddings):
    """The encoder as LangChain takes one, with the prompts of its own settings.

    langchain-huggingface does the same, but needs older releases of libraries that this project uses.
    """

    def __init__(self) -> None:
        self._model = SentenceTransformer(str(BUNDLED_FOLDER), device="cpu", local_files_only=True)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._model.encode(texts, prompt_name="passage").tolist()

    def embed_query(self, text: str) -> list[float]:
        return self._model.encode(text, prompt_name="query").tolist()


def _piece(document: Document) -> Piece:
    return Piece(document.metadata["source"], document.metadata["start_index"], document.page_content)
