"""What the tests share: an encoder that can be read, and a small store of invented plans."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from vectorstore.datatypes import Passage, PassageScores
from vectorstore.folding import fold
from vectorstore.store import VectorStore, build_store

# The first example may load a dictionary; the same examples every time
settings.register_profile("plans", deadline=None, derandomize=True)
settings.load_profile("plans")

CLOUD_POINTS = """云溪街道2024年工作要点
发布日期:2024-02-20

一、推进城市更新

(一)交通出行

1.优化停车。新增停车泊位200个,改造路口3处。(责任单位:城管中队、规划办)

2.优化公交。开通社区巴士2条。

(二)绿化环境

1.建设口袋公园。年内建成口袋公园4个。

二、办好民生实事

提升养老服务。新建社区食堂2家,完成60户适老化改造。落实助学政策。开办爱心暑托班3个。

三、工作要求

一是加强领导,二是压实责任,三是广泛宣传。

云溪街道办事处
2024年2月18日
"""
CLOUD_FIVE_YEARS = """松岭区云溪街道国民经济和社会发展第十四个五年规划

第一部分 发展基础

一、主要成绩

(一)城市面貌改善

1、道路畅通。修缮老桥三座,打通断头路5条。

第二部分 发展目标

一、总体目标

到2025年,建成区绿化覆盖率达到42.5%,每千名老人拥有护理床位35张。

——坚持生态优先。水面率不降低。
"""
STONE_ACTIONS = (
    "青石镇产业发展三年行动计划(2024-2026年) 为推动产业发展,制定本行动计划。 一、总体要求 坚持稳中求进,完成2.5万人次技能培训。 "
    "二、重点任务 (一)发展茶产业 1.扩大茶园。新建生态茶园800亩。(责任单位:农业办、各村) 2.打造品牌。举办采茶节。(责任单位:文体中心) "
    "(二)发展旅游业 1.修复古道。修复盐茶古道12公里。(责任单位:文旅办) 三、保障措施 (一)加强领导。成立工作专班。 "
    "中共青石镇委员会 青石镇人民政府 2024年3月6日"
)
STONE_REPORT = """青石镇2023年工作报告
(2024年1月12日 青石镇第三届人民代表大会第四次会议通过)

一、2023年工作回顾

经济运行平稳。全镇茶叶产值达到3.2亿元,同比增长8%。接待游客15万人次。

二、2024年工作安排

新建村级养老服务站2个。推进污水管网改造。
"""
PINE_PLAN = """# 松岭区2024年养老服务行动方案

## 目标

新增养老床位300张,家门口服务站实现全覆盖。

## 任务

建设区级养老服务中心。培训护理员500人。

扫一扫在手机打开当前页
政策留言板
"""
PLANS: Mapping[str, str] = {
    "云溪街道/2024年工作要点.txt": CLOUD_POINTS,
    "云溪街道/五年规划.txt": CLOUD_FIVE_YEARS,
    "松岭区-养老服务.md": PINE_PLAN,
    "青石镇-三年行动计划.txt": STONE_ACTIONS,
    "青石镇2023年工作报告.txt": STONE_REPORT,
}


class FakeEncoder:
    """Texts that share characters and pairs of characters lie near each other; nothing is loaded."""

    def __init__(self, name: str = "fake", dimensions: int = 64) -> None:
        self.name = name
        self.dimensions = dimensions

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode(texts)

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        if on_progress:
            on_progress(len(texts), len(texts))
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.full((len(texts), self.dimensions), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            view = "".join(fold(text).split())
            for piece in [*view, *(view[i : i + 2] for i in range(len(view) - 1))]:
                vectors[row, crc32(piece.encode("utf-8", "surrogatepass")) % self.dimensions] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class FakeReader:
    """A sentence answers by the share of the question's characters that it holds; log-odds from -4 to 4."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Passage]] = []

    def read(self, pairs: Sequence[tuple[str, Passage]]) -> tuple[PassageScores, ...]:
        self.asked += pairs
        return tuple(self._scores(question, passage) for question, passage in pairs)

    def _scores(self, question: str, passage: Passage) -> PassageScores:
        asked = set(question)
        shares = tuple(8 * len(asked & set(sentence)) / max(1, len(asked)) - 4 for sentence in passage.sentences)
        return PassageScores(max(shares), shares)


def write_plans(folder: Path, plans: Mapping[str, str] = PLANS) -> Path:
    """Write texts under their names into a folder, byte for byte, and return the folder."""
    for name, text in plans.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    return folder


@pytest.fixture(scope="session")
def small_store(tmp_path_factory) -> VectorStore:
    """Return a store of the plans above; tests read it and leave it as it is."""
    folder = tmp_path_factory.mktemp("small")
    store, errors = build_store(folder / "store", [write_plans(folder / "plans")], model="fake", encoder=FakeEncoder)
    assert errors == ()
    return store


@pytest.fixture(scope="session")
def answering_store(tmp_path_factory) -> VectorStore:
    """Return a store of the same plans with the bundled models, for tests of what is answered (slow)."""
    from vectorstore.embeddings import load_encoder, model_identity
    from vectorstore.reranking import load_reader

    folder = tmp_path_factory.mktemp("answering")
    plans = write_plans(folder / "plans")
    store, errors = build_store(
        folder / "store", [plans], model=model_identity(), encoder=load_encoder, reader=load_reader
    )
    assert errors == ()
    return store
