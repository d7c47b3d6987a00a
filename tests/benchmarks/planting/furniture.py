"""What stands around articles, in four languages and in words of our own: notices, portraits, page chrome, forms."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """Of one language. In a form ``{}`` is a figure."""

    headline: str
    intro: str
    disclaimer: str
    portrait: str
    leaks: tuple[str, ...]
    said: str  # puts a quotation into an article: {}
    form: str

    def filled(self, chance: random.Random) -> str:
        """Return the form with other figures."""
        count = self.form.count("{}")
        return self.form.format(*(f"{chance.uniform(2, 97):.1f}" for _ in range(count)))


ENGLISH = Furniture(
    headline="What they did not tell you about the quay",
    intro="Our readers sent us this text, and we think that more people should see it before the week is over.",
    disclaimer=(
        "The opinions in this piece are those of its writer alone; the editors of the Lantern neither share nor "
        "reject them. The Lantern will not answer for any error or omission in it, and reminds readers that nothing "
        "here is advice on money, health or the law."
    ),
    portrait=(
        "Ada Brightwater writes on harbours and the people who live by them. She has been with the Lantern since its "
        "first number, teaches at the evening school of the seamen's union and is at work on a book about lightships."
    ),
    leaks=(
        "Sign up for our morning letter and never miss a tide.",
        "Share this on your favourite network",
        "We use cookies so that this site works as it should. By reading on you accept them.",
        "Most read this week: ten lighthouses you can sleep in",
    ),
    said="“{}”, the spokesman told reporters on Tuesday evening.",
    form=(
        "The harbour index closed at {} points on the coal quay exchange, {} points below the day before. Timber "
        "gained {} percent, rope lost {} percent and salt fish was unchanged at {} crowns a barrel. Turnover was {} "
        "million crowns against {} million the week before. The crown stood at {} to the florin in late dealings."
    ),
)
RUSSIAN = Furniture(
    headline="О чём умолчали на старой пристани",
    intro="Этот текст прислали нам читатели, и мы считаем, что его должны увидеть многие, пока не кончилась неделя.",
    disclaimer=(
        "Мнения, высказанные в этой заметке, принадлежат только её автору; редакция «Фонаря» их не разделяет и не "
        "отвергает. «Фонарь» не отвечает за ошибки и пропуски и напоминает, что ничто здесь не является советом о "
        "деньгах, здоровье или законе."
    ),
    portrait=(
        "Ада Светлова пишет о гаванях и о людях, которые ими живут. Она работает в «Фонаре» с первого номера, "
        "преподаёт в вечерней школе союза моряков и заканчивает книгу о плавучих маяках."
    ),
    leaks=(
        "Подпишитесь на наше утреннее письмо и не пропустите ни одного прилива.",
        "Поделитесь этим с друзьями",
        "Сайт пользуется файлами, которые хранятся у вас; читая дальше, вы соглашаетесь с этим.",
        "Самое читаемое за неделю: десять маяков, в которых можно переночевать",
    ),
    said="«{}», — сказал журналистам представитель ведомства во вторник вечером.",
    form=(
        "Портовый индекс закрылся на отметке {} пункта, что на {} пункта ниже, чем накануне. Лес подорожал на {} "
        "процента, канаты подешевели на {} процента, солёная рыба осталась на уровне {} кроны за бочку. Оборот "
        "составил {} миллиона крон против {} миллиона неделей раньше. За флорин к вечеру давали {} кроны."
    ),
)
ARABIC = Furniture(
    headline="ما لم يخبروكم به عن الرصيف القديم",
    intro="أرسل إلينا القراء هذا النص ونرى أن من المفيد أن يطلع عليه عدد أكبر من الناس قبل نهاية الأسبوع.",
    disclaimer=(
        "الآراء الواردة في هذه المقالة تعبر عن كاتبها وحده، ولا تتبناها هيئة تحرير الفانوس ولا ترفضها. لا تتحمل "
        "الفانوس مسؤولية أي خطأ أو نقص فيها، وتذكر القراء بأن لا شيء هنا يعد نصيحة في المال أو الصحة أو القانون."
    ),
    portrait=(
        "تكتب عايدة المنارة عن الموانئ وعن الناس الذين يعيشون منها. تعمل في الفانوس منذ عددها الأول، وتدرس في المدرسة "
        "المسائية لنقابة البحارة، وتعد كتابا عن سفن المنارات."
    ),
    leaks=(
        "اشترك في رسالتنا الصباحية ولا تفوت مدا واحدا.",
        "شارك هذا مع أصدقائك",
        "يستخدم هذا الموقع ملفات صغيرة تحفظ عندك، ومتابعة القراءة تعني أنك تقبل بها.",
        "الأكثر قراءة هذا الأسبوع: عشر منارات يمكنك أن تبيت فيها",
    ),
    said="وقال المتحدث للصحفيين مساء الثلاثاء: «{}».",
    form=(
        "أغلق مؤشر الميناء عند {} نقطة بانخفاض قدره {} نقطة عن اليوم السابق. وارتفع الخشب بنسبة {} في المئة وتراجعت "
        "الحبال بنسبة {} في المئة وبقي السمك المملح عند {} تاجا للبرميل. وبلغ حجم التداول {} مليون تاج مقابل {} مليون "
        "في الأسبوع الماضي، وبلغ سعر الفلورين {} تاجا في آخر التعاملات."
    ),
)
CHINESE = Furniture(
    headline="关于旧码头他们没有告诉你的事",
    intro="这篇文章是读者寄给我们的，我们认为应当让更多的人在本周结束之前读到它。",
    disclaimer=(
        "本文所述意见仅代表作者个人，灯笼报编辑部既不赞同也不反对。灯笼报对文中的任何错误或遗漏不承担责任，并提醒读者，"
        "这里的内容不构成有关金钱、健康或法律的建议。"
    ),
    portrait=(
        "作者明海灯长期写作关于港口以及靠港口为生的人们的文章，自创刊号起就在灯笼报工作，并在海员工会的夜校任教，正在撰写一本"
        "关于灯船的书。"
    ),
    leaks=(
        "订阅我们的早间来信，不错过任何一次涨潮。",
        "把这篇文章分享给你的朋友",
        "本网站使用保存在您设备上的小文件，继续阅读即表示您接受。",
        "本周阅读最多：十座可以过夜的灯塔",
    ),
    said="发言人星期二晚上对记者说：“{}”",
    form=(
        "港口指数收于{}点，比前一天下跌{}点。木材上涨百分之{}，绳索下跌百分之{}，咸鱼维持在每桶{}克朗不变。成交额为{}百万克朗，"
        "前一周为{}百万克朗。尾盘时一弗罗林兑{}克朗。"
    ),
)
FURNITURE = {"en": ENGLISH, "ru": RUSSIAN, "ar": ARABIC, "zh": CHINESE}
