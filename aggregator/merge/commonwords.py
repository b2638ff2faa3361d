"""Words that say nothing of an event, in some languages: what a small window cannot teach.

Folded like ``words.tokens`` folds them (no accents, no capitals). In a window of thousands of
articles these words weigh next to nothing anyway; in one of ten they would count as rare.
"""

COMMON: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": """
            a about above after again against ago all almost along already also although always am
            among an and another any are around as ask asked at away back be became because become
            been before began behind being below best better between big both but by call called
            came can cannot come comes could d day days did do does doing don done down due during
            each early end even ever every far few find first five for found four from full
            further gave get gets getting give given go goes going good got great had has have
            having he her here high him himself his home hour hours how however i if in including
            into is it its itself just keep know known last late later latest least left less let
            like likely little ll long look looking lot m made make makes making man many may me
            means might million minutes month months more most much must my near need never new
            news next night no not nothing now number of off often old on once one only or other
            others our out over own part past people per place put re read really report reported
            reports right s said same saw say saying says second see seen set seven several she
            should show shows since six so some something still such t take taken takes taking
            tell than that the their them then there these they thing things think third this
            those though three through time times to today together told too took top toward two
            under until up update us use used using ve very via want wanted was watch way we week
            weeks well went were what when where whether which while who whole whose why will with
            within without women work world would year years yesterday yet you your
        """,
        "de": """
            aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim
            bereits bin bis bisher bist da damit dann das dass dazu dem den denn der des die dies
            diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines
            er erst erste ersten es etwa etwas euch fur gegen gibt hat hatte hatten habe haben
            hier hin ich ihm ihn ihr ihre ihrem ihren ihrer im immer in ins ist ja jahr jahre
            jahren jetzt jeder kann kein keine konnen machen mal man mehr mein mit mochte muss
            mussen nach nachdem neue neuen neuer nicht noch nun nur ob oder ohne schon sehr sei
            sein seine seinem seinen seiner seit sich sie sind so soll sollen sollte sowie uber
            uhr um und uns unter vom von vor wann war waren warum was weil wenn wer werde werden
            wie wieder will wir wird wo wurde wurden zu zum zur zwei zwischen
        """,
        "fr": """
            a ai ainsi alors an annee annees ans apres au aucun aussi autre autres aux avaient
            avait avant avec avoir bien c ce cela celle celui ces cet cette chez comme comment
            contre d dans de depuis des deux dit doit donc dont du elle elles en encore entre est
            et etait ete etre eu fait faire fois font hier ici il ils j jour jours juste l la le
            les leur leurs lors lui m ma mais meme mes mis moins mon n ne ni nos notre nous on ont
            ou par parce pas pendant peu peut plus plusieurs pour pourquoi premier premiere pres
            qu quand que quel quelle quelques qui quoi s sa sans se sera ses si son sont sous sur
            t ta tous tout toute toutes tres trois un une vers vos votre vous y
        """,
        "es": """
            a al algo alguna algunos alli ano anos ante antes asi aun aunque cada como con contra
            cual cuando de del desde despues dia dias dice dijo donde dos durante e el ella ellos
            en entre era eran es esa ese eso esta estaba estado estan estar este esto estos fue
            fueron gran ha habia hace hacer hacia han hasta hay hoy la las le les lo los mas me mi
            mientras mismo mucho muy ni no nos nuestro nueva nuevo o otra otro otros para parte
            pero poco por porque primer primera pues que quien quienes se sea segun ser si sido
            sin sobre solo son su sus tambien tan tanto te tiempo tiene tienen toda todas todo
            todos tras tres tu tuvo un una uno unos va vez y ya yo
        """,
        "pt": """
            a ainda alem algum alguns ano anos antes ao aos apenas apos aqui as assim ate cada com
            como contra da das de depois desde deve dia dias disse do dois dos duas durante e ela
            elas ele eles em entre era essa esse esta estao estar estava este eu faz fazer foi
            foram grande ha hoje isso isto ja la lhe mais mas maior me mesmo meu minha muito na
            nao nas nem no nos nova novo num numa o onde os ou outra outras outro outros para
            parte pela pelas pelo pelos pode por porque primeira primeiro quando que quem sao se
            segundo sem ser sera seu seus sobre sua suas sua tambem tem tempo ter teve todo todos
            tres tudo um uma vai vez voce
        """,
        "it": """
            a ad al alla alle anche ancora anni anno ai agli che chi ci come con contro cosa cosi
            cui da dal dalla dei del della delle dello deve di dopo dove due e ed era essere fa
            fare fino fra gia gli ha hanno i il in io la le lei loro lui ma mentre mi molto ne nei
            nel nella nelle noi non nuova nuovo o ogni oggi ora per perche piu poi prima primo puo
            quale quando quanto questa queste questi questo qui quindi se senza si sia solo sono
            sono sta stata stati stato su sua sue sui sul sulla suo tra tre tutti tutto un una uno
            vi
        """,
        "nl": """
            aan al alle als altijd ander andere bij dan dat de deze die dit doen door een eerste
            en er even gaat geen geweest haar had heb hebben heeft hem het hij hoe hun iets ik in
            is jaar ja je kan komen komt kunnen maar maken mee meer men met mijn moet moeten na
            naar niet niets nieuwe nog nu of om omdat ons ook op over te tegen toch toen tot twee
            u uit uw van vandaag veel volgens voor vooral waar want waren was wat we weer wel werd
            wie wij worden wordt zal ze zei zich zij zijn zo zonder zou
        """,
        "ru": """
            а без более больше будет будут бы был была были было быть в вам вас ведь во вот время
            все всего всеи всем всех вы где говорит год года году гг да даже два две деи дело день
            для до его ее если есть еще же за и из или им их к как какие когда которая которои
            которого которое которои которые которыи которых кто лет ли между меня мне много может
            можно мои мы на над надо нам нас наш не него нее нет ни них но новыи новая новые ну о
            об один одна однако он она они оно от очень перед по под после потому пока при про раз
            с сам сама свое своеи своего своим своих себя сегодня сеичас сказал со сообщает
            сообщил сообщила сообщили так также такие такои там то тобои тогда того тоже тои
            только том тот три ты у уже утра хотя час часа чего человек чем через что чтобы эта
            эти этим этих это этого этои этом этот эту я
        """,
        "uk": """
            а або але без буде будуть був була були було бути в вже ви від він вона вони воно все
            всі для до є з за зараз із і інших його її їх й коли ми може на над нас наш не ні них
            ну о один однак під після по про при рік року років свій свої себе сказав сьогодні та
            так також там те тим ти тільки то того той тому ту у хто це цього ця ці через час чи
            що щоб я як яка яке який які
        """,
        "pl": """
            a aby ale bardzo bez bo by byc byl byla bylo byly bedzie ci co czy dla do dwa gdy
            gdzie go i ich ile im inne innych ja jak jako je jego jej jest jeszcze juz kiedy kto
            ktora ktore ktorego ktory ktorych ktorzy lat lub ma mi mnie moze mozna na nad nam nas
            nawet nie nim niz o od oraz pan po pod podczas ponad poza przed przez przy roku rok sa
            sie sobie swoje ta tak take takze tam te tego tej ten to tu tych tylko tym u w we
            wedlug wiec wiele wszystko z za ze zostal
        """,
        "sl": """
            a ali bi bil bila bile bili bilo bo bodo brez do dva ga ima in iz je jih ji jim jo ka
            kaj kako ker ki kje ko kot la le leta leto letu med mi mu na nad naj ne ni nov nova o
            ob od on ona pa po pod pred pri prvi s sa se sem si smo so ste sta sto sva ta tako te
            tem ti to tudi v vec za zaradi ze z
        """,
        "ar": """
            في من على الى إلى عن مع هذا هذه التي الذي الذين ما لا لم لن ان أن إن كان كانت قد بعد
            قبل بين كل هو هي هم كما او أو ثم حيث عند منذ خلال حتى غير ذلك تلك وقد وفي ومن وهو وهي
            به له لها فيه فيها عام يوم اليوم قال وقال
        """,
    }.items()
}
EVERY = frozenset().union(*COMMON.values())
"""For a text of which nobody says the language."""
