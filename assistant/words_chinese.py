"""Every sentence the product itself says, in Chinese. Nothing here is ever put between quotation marks of a document."""

from collections.abc import Sequence
from typing import ClassVar

from assistant.datatypes import Answer, Asks, Carried, Reason, Verdict


class Words:
    """The product's words. Another language is a class that says each of them anew."""

    KINDS: ClassVar[dict[str, str]] = {
        "work report": "工作报告",
        "action plan": "行动计划",
        "work points": "工作要点",
        "five-year plan": "五年规划",
        "work plan": "工作方案",
        "plan": "规划计划",
        "opinions": "意见",
        "measures": "办法规定",
        "notice": "通知公告",
    }
    ASKS: ClassVar[dict[Asks, str]] = {
        "fact": "事实",
        "figure": "数字",
        "when": "时间",
        "who": "责任单位或人",
        "list": "逐条举措",
        "summary": "目标与概要",
    }
    CARRIED: ClassVar[dict[str, str]] = {"districts": "沿用上文街镇", "topic": "沿用上文话题", "period": "沿用上文时间"}

    NOT_MENTIONED = "未提及"
    ASPECT = "方面"
    NEAREST = "下面几处最接近，但不是答案"
    PERIODS_DIFFER = "请注意：所引文件的时期不同，不宜直接相比。"

    def kind_word(self, kind: str | None) -> str:
        """Return what a kind of document is called."""
        return self.KINDS.get(kind or "", kind or "未注明类别")

    def reason_text(self, answer: Answer, known: Sequence[str]) -> str:
        """Return why there is no answer and what to do next; ``known`` are the districts with documents."""
        question = answer.question
        districts = "、".join(known)
        where = f"{'、'.join(question.districts) or '现有'}的文件"
        texts: dict[Reason, str] = {
            "empty": "没有读到问题。请输入一个问题，例如：养老服务有哪些举措？",
            "too-long": f"这段文字有 {len(question.text)} 字，超过一个问题的长度（500 字）。请只留下要问的话。",
            "not-chinese": "文件是中文的，请用中文提问。",
            "outside-place": f"文件中没有{'、'.join(question.unknown_places)}。可以问的有：{districts}。",
            "outside-period": (
                f"{'、'.join(question.districts) or '这些文件'}没有{'、'.join(map(str, question.unknown_years))}年的文件或内容。"
            ),
            "off-topic": "这不像是在问规划文件的内容。这里只摘录文件原文，不写作、不闲聊，也不答其他知识。",
            "topic-missing": f"{where}里没有讲到这个话题。",
            "detail-missing": f"{where}里讲到了这个话题，但没有写到所问的这一点。",
        }
        return texts[answer.reason] if answer.reason else ""

    def elsewhere_text(self, districts: Sequence[str]) -> str:
        """Return which other districts' documents do answer."""
        return f"{'、'.join(districts)}的文件里有相关内容，可以改问那里。"

    def carried_text(self, carried: Carried) -> str:
        """Return what was carried over from the turns before, as a label."""
        return f"{self.CARRIED[carried.what]}：{carried.value}"

    # The page: its names, buttons and notes.

    PAGE_TITLE = "规划原文问答"
    PAGE_PURPOSE = "用日常的话提问，这里只摘录规划文件的原文作答：逐字照录，每一处都能一点就看到它在原文中的位置。"
    ABOUT_CORRECTED = "按读音理解为"
    ASK_HERE = "请输入问题，例如：养老服务有哪些举措？"
    ASK_NEXT = "可以接着问，例如换一个街镇、换一个话题"
    TRY_ASKING = "可以这样问"
    DOCUMENTS_HERE = "现有文件"
    NEW_CHAT = "新对话"
    OPEN_SOURCE = "查看原文"
    OPEN_DOCUMENT = "打开原文"
    BACK = "← 返回"
    TRY_AGAIN = "再试一次"
    DOWNLOAD = "下载原文"
    OUTLINE = "目录"
    NO_OUTLINE = "这份文件没有可识别的标题。"
    CONVERSATIONS = "对话"
    SEARCH_CONVERSATIONS = "搜索对话"
    NO_CONVERSATION = "问过的对话会留在这里。"
    NO_CONVERSATION_FOUND = "没有找到这样的对话。"
    NO_SUCH_CONVERSATION = "没有找到这段对话：它可能已被删除，或者地址有误。"
    QUOTE_CHANGED = "这份文件在摘录之后改动过，原来的位置上已不是这段文字。"
    MORE = "⋯"
    TITLE, RENAME, DELETE = "名称", "改名", "删除这段对话"
    DELETE_WARNING = "删除后不能恢复。"
    EXPORT, EXPORT_TABLE = "导出", "下载表格"
    CHANGE_MEANING = "改一下"
    CHANGE_MEANING_HELP = "不是这个意思？改好后会重新查找原文，原来的回答仍留在上面。"
    ASK_AGAIN = "重新查找"
    ALL_DISTRICTS, ALL_YEARS = "全部", "不限"
    VERDICT_LABEL = "这个回答"
    VERDICTS: ClassVar[dict[Verdict, str]] = {
        "good": "好",
        "wrong-evidence": "引文不对",
        "incomplete": "不完整",
        "should-not-answer": "不该回答",
    }
    JUDGED_CASES = "已评的回答 (JSONL)"
    KNOWN_DISTRICTS = "现有文件中的街镇"
    SIDE_BY_SIDE, QUOTES, FIGURES = "对照", "引文", "数字"
    QUOTE_HEAD = ("序号", "栏", "引文", "文件名称", "街镇", "所在标题", "段", "页", "文件", "起", "止")
    FIGURE_HEAD = ("指标", "数值", "单位", "原文写法", "栏", "引文序号")
    WITHIN = "只在"
    COPY_QUOTE, COPIED = "复制引文", "已复制"
    AROUND = "上下文"
    TAKE_AWAY = "去掉这一项，重新查找"
    FROM_BEFORE = "（沿用上文）"
    FIGURES_SIDE_BY_SIDE = "同类数字对照"
    FIND_IN_DOCUMENT = "在这份文件中查找"
    PLACE_BEFORE, PLACE_AFTER = "↑ 上一处", "↓ 下一处"
    SHOW_EARLIER = "显示更早的对话"
    SCOPE, SCOPE_HELP = "范围", "只在选中的文件里查找；不选就是全部。"
    SCOPE_DOCUMENTS, SCOPE_KINDS, SCOPE_EMPTY = "文件", "类别", "没有文件同时符合这些条件，请放宽范围。"
    ALL_DOCUMENTS = "全部文件"
    TAG = "zh-CN"
    OVERVIEW_TITLE = "概览"
    OVERVIEW_PURPOSE = "每份文件讲了什么、各占多少篇幅，以及它写下的数字。点一下就去问。"
    NO_DOCUMENTS = "还没有文件。请在“文件”页添加。"
    THEMES = "主题"
    THEMES_HELP = "主题取自文件自己的标题；颜色越深，这份文件在这个主题上写得越多（占全文字数的比例）。点一格，就问这份文件在这方面有哪些举措。"
    NO_THEMES = "这些文件没有足够的标题，看不出主题。"
    CHARACTERS, SHARE = "字数", "占全文"
    LOOK_AT_THEME = "看一个主题下的标题"
    ASK_ABOUT_IT = "问这一项"
    KEY_FIGURES = "关键数字"
    KEY_FIGURES_HELP = "数字都取自原句。可以按列排序、按词查找；选中一行，就能问它或打开原文。"
    FIND_FIGURE, FIND_FIGURE_EXAMPLE = "查找数字", "例如：床位"
    NO_FIGURE = "没有符合的数字。"
    MEASURE, AS_WRITTEN, VALUE, UNIT, SENTENCE = "指标", "原文写法", "数值", "单位", "原句"
    LIBRARY_TITLE = "文件"
    LIBRARY_PURPOSE = "这里的文件就是回答的全部依据。可以添加自己的文件，改正识别得不对的地方，或把文件移出。"
    ADD_FILES = "添加文件（txt、md、网页、Word docx、PDF，可一次选多个）"
    ADD = "添加"
    NO_FILE_CHOSEN = "还没有选择文件。"
    LEFT_OUT = "没有加入："
    NOT_INDEXED = "有改动还没有编入索引，所以还问不到。"
    INDEX_NOW = "现在更新索引"
    INDEXING = "正在更新索引，完成前仍按原来的文件回答……"
    CANCEL, CANCEL_HELP = "取消", "停下来：文件已经留存，原来的索引继续使用，可以以后再更新。"
    INDEX_STAGES: ClassVar[dict[str, str]] = {"read": "读取文件", "embed": "计算句子向量", "store": "写入索引"}
    PARENT, KIND, PASSAGES, OWN, FILE = "上级", "类别", "段落数", "自己添加", "文件名"
    LOOK_AT_DOCUMENT = "看一份文件"
    CORRECT, CORRECT_HELP = (
        "改正",
        "改后重新编入索引，以后也按改正的算。留空就是按文件自己写的。时期写作 2024 或 2023-2025。",
    )
    KEEP_CORRECTION = "保存改正"
    TAKE_OUT, TAKE_OUT_HELP = "移出", "移出后不再用来回答，文件仍留着，可以随时放回。"
    TAKE_OUT_NOW = "移出这份文件"
    TAKEN_OUT = "已移出的文件"
    BRING_BACK = "放回"
    FIELDS: ClassVar[dict[str, str]] = {
        "title": "标题",
        "district": "街镇（市、区、县）",
        "parent": "上级",
        "issuer": "发文单位",
        "date": "发布日期",
        "period": "文件时期",
        "kind": "类别",
    }
    LANGUAGE = "语言"
    ASKING, OVERVIEW, LIBRARY = "提问", "概览", "文件"
    READING_DOCUMENTS = "正在翻阅文件……"
    LOADING_MODEL = "首次提问要先载入语言模型，约需几秒；正在翻阅文件……"

    ABOUT_DISTRICT, ABOUT_PERIOD, ABOUT_TOPIC, ABOUT_ASKS = "街镇", "时间", "话题", "想知道"
    NOT_AMONG_DOCUMENTS = "文件中没有"
    NOT_KNOWN = "未注明"
    ISSUER, DATE, PERIOD = "发文单位", "发布日期", "文件时期"

    NO_SUCH_DOCUMENT = "没有找到这份文件：它可能已从索引中移除，或者地址有误。"
    NO_SUCH_PLACE = "地址中的位置不在这份文件的文字之内，所以下面没有标出任何文字。"
    MOVED_PLACE = "文件在摘录之后改动过，原来的位置上已不是那段文字，所以下面没有标出任何文字。"
    HISTORY_REMEDY = "请看下面的说明；也可以把 PLANS_HISTORY 设为 none，不保存对话。"
    STORE_REMEDY = "请在终端运行 plans index 文件夹 --store {store} 建立索引，然后刷新本页。"
    TROUBLE: ClassVar[dict[str, str]] = {
        "NoIndexError": "还没有建立索引，所以没有可问的文件。",
        "StoreError": "索引打不开：它可能已损坏，或者是用别的模型、别的版本建立的。",
        "ModelError": "语言模型打不开：它的文件缺失或已损坏。",
        "DocumentError": "有一份文件读不出来。",
        "HistoryError": "保存对话的文件打不开，或写不进去。",
    }
    TROUBLE_ELSE = "现在不能回答问题。"
    MODEL_REMEDY = "请用 git checkout -- vectorstore/models assistant/models 恢复模型文件或重新安装，然后重新启动。"

    def paragraph_text(self, number: int) -> str:
        """Return the name of a paragraph; ``number`` counts from 1."""
        return f"第 {number} 段"

    def place_text(self, paragraph: int, page: int | None) -> str:
        """Return where a quote stands: its page, if the file has pages, and its paragraph."""
        return f"第 {page} 页 · {self.paragraph_text(paragraph)}" if page else self.paragraph_text(paragraph)

    def year_text(self, years: str) -> str:
        """Return years as they are said: ``2024`` or ``2023-2025``."""
        return f"{years.replace('-', '—')}年"

    def found_text(self, quotes: int, documents: int) -> str:
        """Return how much was found."""
        return f"摘自 {documents} 份文件的 {quotes} 处原文"

    def nothing_found_text(self, words: str) -> str:
        """Return that a document does not hold the words searched for."""
        return f"这份文件里没有“{words.strip()}”。"

    def scope_text(self, labels: Sequence[str]) -> str:
        """Return what questions are restricted to; ``labels`` are its parts."""
        return f"{self.SCOPE}：{'、'.join(labels) or '全部文件'}"

    def earlier_text(self, turns: int) -> str:
        """Return how many turns are no longer drawn."""
        return f"更早的 {turns} 轮没有显示，但仍算作上文。"

    def trouble_keeping_text(self, error: str) -> str:
        """Return that conversations can't be kept or read, and why."""
        return f"对话没能保存或读取，回答不受影响。{error}"

    def more_documents_text(self, count: int) -> str:
        """Return the label of the documents that are folded away."""
        return f"其余 {count} 份文件"

    def measures_question(self, district: str, topic: str) -> str:
        """Return an example question about one district."""
        return f"{district}在{topic}方面有哪些举措？"

    def documents_text(self, documents: int, passages: int) -> str:
        """Return how much there is."""
        return f"{documents} 份文件，{passages} 个段落"

    def added_text(self, name: str, outcome: str) -> str:
        """Return what became of a file that was added."""
        words = {"added": "已添加", "replaced": "已替换同名的旧文件", "known": "内容与现有文件相同，不必再加"}
        return f"{name}：{words[outcome]}"

    def figure_question(self, district: str, measure: str) -> str:
        """Return the question that a key figure answers."""
        return f"{district}{measure}是多少？"

    def comparison_question(self, districts: Sequence[str], topic: str) -> str:
        """Return an example question that compares districts."""
        return f"{'、'.join(districts)}在{topic}方面各有哪些举措？"

    def trouble_text(self, kind: str, store: str) -> tuple[str, str]:
        """Return what is wrong and what to do about it; ``kind`` is the name of the error's class."""
        remedies = {"ModelError": self.MODEL_REMEDY, "HistoryError": self.HISTORY_REMEDY}
        return self.TROUBLE.get(kind, self.TROUBLE_ELSE), remedies.get(kind, self.STORE_REMEDY.format(store=store))
