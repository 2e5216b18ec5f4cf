"""Abbreviations, whose full stops end no sentence, and words that must not stand last in a line.

The table has a row for each language: its abbreviations without the last full stop.  An abbreviation
written with a capital counts only with it ("Rep. Hill", but "by the rep."), all others in any case.
Sources: the sentence-break suppressions of the Unicode CLDR (common/segments), the style guides and
dictionaries of each language, and words before full stops in mid-sentence in real feeds.
"""

# ruff: noqa: E501  # a language is a row

from __future__ import annotations

import re

# What any language borrows, and a text whose language is not known.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = _words(
    """
    al approx apr aug ave ca capt cf ch chap co comm corp dec dept dipl dr ed eds eg eq etc ex
    feb fig figs gov hon ie inc incl jan jr jul jun lt ltd maj messrs mgr mr mrs ms mt nos nov
    dott oct orig phd pp prof pt pty ref rev sec sep sept sgt sr st trans univ viz vol vols vs
    Col Gen Mar No Rep Sen Adm Cpl Cmdr Fr Ft Hr Pvt Supt Brig Insp Amb Atty Bros Pres
    """
)
_OF_LANGUAGE = {
    language: _words(words)
    for language, words in {
        "en": """assn assoc bldg blvd cont cres dist div encl esq esp exec govt
            hwy intl jct mfg mts natl oz pkg pkwy pres pseud qty rd rte sq
            tbsp tsp yr yrs Ala Ariz Ark Calif Colo Conn Fla Ill Ky
            Md Mich Minn Mo Mont Neb Nev Okla Ore Pa Penn Tenn Tex Va Vt Wash Wis Wyo Mon Tue Tues
            Wed Thu Thur Thurs Fri Bp Cantab Cllr Comdr Eng Eph Exod Ezek
            Heb Hosp Jer Magn Mme Mlle Neh Oxon Phys Ps Rt Thess
            Zech""",
        "af": "afb asb bl bv bw dr ens ev gev mej mev mnr nl nr pres prof sg skr tel vgl",
        "az": "akad dos dr h-dər km məs müx nömr prof s səh və.s yan",
        "be": "акад в вул г г.зн гг гл гл.р д дац ім інш км мал млн млрд напр обл пас праф р руб с ст стст т.д тав "
        "т.п тыс чал",
        "bg": """акад арх бл бр бул вж вкл г гл гр доц др ж.к з.п и.д им инж кв кг км лв мин млн млрд напр
            обл о.р п пл пом пор поръч проф р с св сек сл см соб ст стр съст т тел ул хил чл ЕИК ок Св""",
        "bn": "ড ডা ডাঃ মি মো মোঃ প্রফ সে.মি কি.মি ইং খ্রি লি",
        "bs": "adv akad čl dipl dr doc god inž itd itsl kn mag mil mr mlrd npr odn op o.g prof rkp sl st str sv "
        "tč tel tj tzv ul usp vj",
        "ca": """aprox arq art av bibl c cap cf dr dra ed ex exc fig gral il·lm núm obs p pàg pàgs pl pral prof
            profa sra sr sta tel trad vol tl Sr Sra Av Sant St Sta Dra""",
        "cs": """apod arch atd atp bc bod brig cca čl čís doc dr event fce hod ing jr judr kap koef kpt min mgr
            mil mjr mld mudr mvdr např násl nám nar nezn obr odb odd odst okr paedr pers pharmdr
            phdr pl plk por popř ppor pplk prap prof přel přibl příl red resp rndr roč
            rotn rtn sg sl soc sp srov st stol str sv šk tab tel th thdr tis tj tř tzn tzv úč ul vč viz vyd
            vých vl zejm zkr zn znám""",
        "cy": "ayb dr e.e er gw h.y hyn mr mrs ms parch prof tud yb",
        "da": """adr afd afs alm ang ank anm ansv apr aug bd begr bet bl bygn ca cand dec dir dvs dr eftf eks
            eksp em etc evt f.eks feb fhv fig fmd forb forf forl fr frk fx gl gns hhv hj hr hpl iflg ing inkl insp
            instr jan jf jfr jr jun kap kgl kl kld kr ktr kv lb lign lign lb lr maks mia mio mul mv mht nr
            nuv obs okt opg opl osv pct pga pkt pl prof red ref reg rep res samt sept sek skt
            sml spm stk str såk tel tilh tlf vedr vol årg årh""",
        "de": """abb abf abk abs abt abw abzgl adr allg amtl anh anl anm apr art aufl aug ausg ausschl bd bde bearb
            begl beil betr bez bezgl bf bgbl bgm bhf bibl bl bmstr bspw bsp bzgl bzw ca chr dat ders
            desgl dez dgl dh diesbzgl dipl dir doz dr dt dtzd ebd ehem eidg eigtl einschl engl entspr erg
            erl erw etc ev evtl exkl fa fam feb ff fn folg forts fr frl frz gde geb gebr gegr gem ges gesch
            gest gez ggf ggfs gr griech grdl hbf hj hl hlg hr hrn hrsg hpt ing inkl inh insb insbes int
            inzw ital jan jew jg jh jhd jhdt jr jun jur kap kath kfm kfz kgl kl km komp kto lat lfd
            lfm lt ltd ltg luth ma max mdl med mhd mi mind mio mitgl möbl mrd msp mtl nachf nachm näml
            nat nordd norw nov nr od okt op orig österr pers pfd pfr phil pkt pol präs prot prov proz
            qu rd red ref reg rep resp röm russ schr schw schweiz sek sen sept sog spez st std
            stdn stellv str stv südd tab tägl techn tel temp tgl tsd übers ugs univ unv urspr usf usw var
            verf verh versch vers verst verw vgl vorm vors vs vol wg wiss zb zool zs zt ztr zus zw zzgl zzt
            Bst Fa Fr Hg Hl Hr Kl Ltn Msgr Nr Präs Uffz Wwe Ziff""",
        "el": """άρθρ αντ αρ αριθ αρχ βιβλ βλ γεν γρ δεκ δηλ δις διευθ δρ δρχ εδ εικ εκατ ενν επιμ επιστ ερμ
            ιαν ιδ ιουλ ιουν κ κα κεφ κλπ κοκ κος κτλ κτό κυρ λεωφ λ.χ μ.μ μ.χ μαρτ μεγ μετ μηχ μτφρ μ.χ νοε νοεμ
            οδ οκτ ο.π π.μ π.χ παρ παράρτ περ πλ πρβλ πρόεδρ προηγ πρωτ σ σελ σεπτ σημ στρ στρατ συγγρ τ ταχ τεύχ τηλ
            τόμ τρ τριμ τρισ υ.γ υπ υποσ φεβ φυλ χαρτ χγρ χιλ χλμ χρ""",
        "es": """a.c aa admón adj afmo afma ap aprox apdo arq art arts asoc atte aux av avda bco bibl bol c.p cap cía
            cap cf cfr coord comp cont corp crel crtd d.c dcha depto dept desct dir doc dña dpto dr
            dra dras dres dto ed ee ej ejem entlo esc esp esq etc excmo excma ext fasc fdo fig figs fol
            ff fund gob gral hna hno hnos ilmo ilma imp ind ing inst intr izq izqda j.c jj kg lcda lcdo ldo lda
            lib lic licdo ltda mons mr mm ms mtro mtra nal núm núms obs oo op pág págs pbro pdte pl pls pp pral
            pref prof profa pról prov pte pza rda reg rep rev rr s.a s.l sdad sec secr sgte sig ss sr sra sras sres
            srta srtas sta sto supl tel tfno tít trad ud uds univ uu v.gr vda vid vol vs vto
            EE UU JJ OO FF AA CC SS MM RR Av Col D Da Dña Em Fr Gral Lic Mons Rev Sdo Pdte""",
        "et": "a aj dets dots dr e.m.a eKr hr ins j.a jaan jm jne jr jt kd kl km koost kr kt lj lk lp mag mlj mld mnt mrd näit "
        "nov nr nt okt pKr pr prl prof pst pt puud rbl rmt saj sept sh sks st stj tel tk tn tlk tr u v.a vlj vrd vt veebr",
        "eu": "adb and art ing jn jr lic orr or tel zenb",
        "fa": "ر.ک ه.ش ق.م ه.ق م.ش ص ج",
        "fi": """ao apul as em ed eKr ent esim fil hist hlö huom ilt ins jKr jne joht jr kand kans kirj klo koht
            kok ks kpl kr kts lab lähd lk ln lt ltn lyh maist maj milj min mm mrd ns nk nro nyk nyt oy
            pj pnä prof puh puol pvm s.o siht synt so str tj tk tms ts toim toht tn
            um us v v.a va vas vrt vs yht yks yl ym yms yo""",
        "fr": """adj adm adr allus anc ann apr arr art assoc auj av avr bd bibl blvd boul broch bull c.-à-d cad cap
            capt cath cf chap ch chev cie coll collab col com comm comp cor coord corresp déc dép dépt dict dir div
            doc dr éd édit éds enc encycl env équiv etc etc ex exempl fasc févr fig fg fr gal gén gouv hab hist
            ill imm impr inc inf introd inv janv juil jr lat lieut lt lun math max mer me mgr min mlle mlles mm mme
            mmes mr ms mss mus nat nb n.b niv no nos nov num obs oct op ouvr p.-ex paragr parag pl pp préf prés
            prof prop prov qqch qqn réf rem rép resp rev rég s.-m sect sept sqq st ste sté suiv sup suppl symb
            syst tél théol trad trav trim univ v.-p var vend vol M Me Mgr St Ste Mme MM Pr Dr Cdt Col Cne""",
        "ga": "e.c i lch lgh m.sh r.ch srl t.d uimh Uas Bhean",
        "gl": "aprox art av avda cap dr dra etc excmo fig núm páx páxs prof sr sra sras sres sta tel ud uds vol",
        "gu": "ડૉ શ્રી પ્રો કિ.મી રૂ",
        "hi": """डॉ डा श्री प्रो पं कु सु रु रू कि.मी कि.ग्रा ई ई.पू सं पृ वि.सं वि उ स्व मो इं एड कै
            श्रीमती सुश्री क्र अ म ब """,
        "hr": """adv akad br bl čl dipl doc dr gđa gđica gl god ing inž itd itsl ij izd izv k.č kn kol lit m.p
            mag mil mjes mlrd mr npr n.e nast o.d odn odv op pers pl pog pok pr predsj prim prir prof r.br
            razr red rkp s sl st stol str suv sv š tab tel tj tis tr tzv ul usp v vj vel vl zab zast zn Sv""",
        "hu": """id ifj özv ált ad alez arch ált apr aug bek bel bp br bt c ca cca cc chap cím co dec dk dny dr ea ed ell em
            ép érd évf fej felv febr fi főv fszt gr gy h hg hrsz hsz ifj ig ill inkl isk iü iv jan jkv jún júl kb ker
            kft kg kh kiad kk km kol köt közp kr krt ld lev lt ltd m max mb mer mill min mft mt n nagyk neg nov
            nr ny okt old özv op ört p par pl plb pol pm prof pság rev rkt rt s sp st stb str sz szept szerk szül tan
            tc tel tkp tü tvr u u.n uo uh ui ún úm ún ügyv út v vb vh viz vm vö vs vsz y zrt Szt""",
        "hy": "դոկտ էջ թ հատ հոդ մ.թ մլն մլրդ պրոֆ տ փ",
        "id": """a.n bpk d.a d.h dkk dll dr drg drs dsb dst dra ed gg hj hlm H ir ir jl jend jln jl kab kec kel
            kol kompl kpd let m.hum mag mgr no ny pd pdt perk ph prof prov psl pt rp s.d s.h s.t sbg sdr sdri skh spt
            st stt tgl thd tlp tn tsb u.p yg yth Kh Tn Ny Jl Jend Ust""",
        "is": "ath bls dr f.h fr f.Kr fyrrv gr hr innsk kl m.a m.ö millj nr núv o.fl o.s.frv próf t.d u.þ.b Rvk skv st þ.e þús",
        "it": """abb abbr acc agg all amm app approx apr arch arg art artt ass assoc att aut avv brig c.a c.so ca cap
            capit card cav cc cd cfr cit civ co col comm comp cons coop corr cpv c.p cod cons cron dec dep dev
            dir disp div doc dott dr dz ecc edd egr es escl esp estr etc fasc fatt febb ferr fig figg
            fraz fatt gen genn geom gg giu giur giugn ibid id ill imp inc ind ing ingg ins int intr inv ist
            it lat lett lib liv loc lug ltd mag magg mass mat max min miss mitt mons ms n.b nov num
            off op orig ott p.es pag pagg par parr part pass pp pr pref pres prob proc prof proff prot prov pseud
            rag racc rec ref reg rel rep rev rif ric ris rist rubr sec secc seg segr sen seq serg sett
            sez sgg sig sigg sigra sig.na sost sp spec spett st ss str suor suppl tab tav tel ten tip tit tom
            tosc trad univ v.le v.lo vd ved vers vic vol voll vs on On Sig Sen Gen Col""",
        "ka": "ა.შ აკად გვ დოქ ე.ი ე.წ იხ მ.შ მაგ მლნ მლრდ პროფ სთ სს ტ.ე ქ წ წწ",
        "kk": "акад адам б.э б.з.д доц млн млрд мыс обл проф сағ т.б т.с.с тел ж жж км көш қ",
        "kn": "ಡಾ ಶ್ರೀ ಪ್ರೊ ಕಿ.ಮೀ ರೂ",
        "lt": "akad aps asm aut d doc dr egz el etc gen gerb gim gr hab iki inž ir.pan īsp kab kin kl kn kun m mėn min mjr mln mlrd "
        "mst mokyt nr op p pan pav pl plg pr pran prof proc psl pvz r red rt s sav sk skg spec st str sv š t t.y tel "
        "tir tūkst ul vad vet vid vyr vnt vs žr ž žml",
        "lv": "adm apm ap b bij cm doc dr dz dzim fil gad gs ha hab insp inž īp jūn jūl kat kop kpt kr kv lat ltn mag mēn m milj min "
        "mljrd mūsd n.p nod nr op p.m pag piem pils plkst pr prof rakstn red resp sast sāk sal sek sk sv t.i t.sk tab tālr "
        "tml tūkst u.c u.tml utt v.i val vec vid",
        "mk": "акад бр бул г гл д-р доц ден ѓ и.д ил инж итн кн м-р мил мин млрд на.пр напр н.е обл оп п проф р рег с св сл ст стр т.е т.н тел ул чл",
        "ml": "ഡോ ശ്രീ പ്രൊഫ കി.മീ രൂ",
        "mr": "डॉ श्री सौ प्रा प्रो पं कु रु कि.मी इ.स इ क्र पृ ता उदा मा मो ॲड ह.भ.प वि सं ",
        "ms": "dr dll dsb dato hj jln lt kg kol no ogos pn prof rm sdn sek tn tel tmn ust yb yab En Pn Bhd Hjh",
        "ne": "डा डॉ श्री प्रा प्रो पं रु कि.मी वि.सं ई.पू ई सं नं मि अ",
        "nl": """aanw abl adj adv afb afd afk afz alg alt amb amst angl antw arch arg art asp ass atl aug bc bd
            bedr beg ben betr bez bg bibl bijl bijv bijz bisd blz bnp bot bplr br brab brig bv bw ca cat cath
            centr cfr chem chr cic col coll comm comp conf cons coöp corr cpl cq dec def dez dgl dhr dhrn di dial
            diam dim dipl dir dist div dl dpl dr drs dtsl dw dwz eenh eg egv eigl eind eks enz enzh env etc etym
            euf ev evt ex excl fam febr fig fol fr frl gal geb gebr ged gedr gem gen geo geogr geol gest gez
            gld gr gyn h.s hbs herz hist hoogl hs ibid id igv ill inc incl ind inf ing inh inkl inl inst int inz ir
            jan jg jhr jkvr jl jnl jr jul jun jur kap kath kol kon kr krt kt kub kwal lab lat lb lib lic lit
            lt ltd luit lv maj max mbt med mej mevr mgr mil min mld mln mnd ms msgr mss mts mv mw nat nav ned
            nl nle nov nr nrs nw o.a o.l.v obl oct okt ong onb ontst oorspr op opm opp org ov par pct penn
            pfl ph pl plm port pp pred pref pres prof prot prov ps pseud psych qtr rec red ref reg rep
            res resp rh rk rom russ rv sc scil scr sec sen sept serg soc spec sr st stat stg str subs
            syn taalk tab tb tbv tech tel tem temp tgv th theol tit tk toegep toel tov trans tv uitdr uitg uitgeb univ v.a v.Chr
            var vb ver verb verg verk vert vg vgl vlgs vnl voegw vollb voorm voorz vr vrij vs vt vz wd wdl weled
            wnd wo z.g zg zgn zn""",
        "no": """adm adr afd amk anm ang ank apr art ass aug ca cand chr dagl dat des dir div dok dr ds dvs ekskl eks
            el eng evt fa f.eks feb fhv fig fork forr forts fr frk fvt fylkeskomm gen gj gl gml gnr hhv hr henh hovedst
            iflg ifm ing inkl insp jan jf jfr jr jul jun kap kgl kl komm kr kst lb lab lit lok lv mag maks mfl
            mht mill mrd mv mvh nat nn nr nto nov obl off okt oml op opl opp oppr org osv oto overs pga pkt plm
            pol pr pres prof pst red ref reg rel rep res sek sen sept siv skr sm spm sp sr sst st std
            stk str såk tel temp tilh tlf tls tv ty utg vedr vha vit vgs vs årg årh""",
        "pa": "ਡਾ ਸ੍ਰੀ ਪ੍ਰੋ ਸ ਕਿ.ਮੀ",
        "pl": """abp adw al am ang ark art b bł bm bp br c.d cd ch ćw cyt cz czł dag dat def doc dop dosł dot dr dyr
            dyw dz działk edyt ewent ew fiz gat gen geod godz gosp gr gł hab hist hr inf inż itd itp itp jedn jw
            k.c k.k k.p.c kan kand kard kat kier kl kol kom komb kon końc kpt kr ks kś l.dz l.mn lek lic
            licz lit lp m.in m.st mat maks mar med mies min mgr mjr mkw mld mln mł mn mieszk nadkom nadl nast nazw
            niem nr np obj obw odc odp og okr ol op oprac opr ost pd piet pkt pl płk płd płn płka pn poch
            podkom podp pok pol pon por pos pow poz późn ppłk ppor pr prez proc prod prof proj prok prom prot prow prz
            przed przew przyb przyp pseud pt przym publ r ref red rep rkp rtm rtm ryc rys rozdz rozp rz s.a sek
            sędz sierż sk skr sp społ spr spec st stow str stud ś.p śp św szt sz szac szer tab tech tel tj tel tłum
            tow tyt tyg tys tzn tzw ub ul ur ust uw v.s vol w.w wewn wg wiad wicep wicemin wig wlkp woj wł współcz ws wsch
            wyd wyj wyłącz ww wz zach zaw zew zjedn zł zm zn zob żarg Kard Ks Abp Bp Św Ks""",
        "pt": """abr abrev adj adm adv ago alm alv apart apr aprox apt apto arq arqueol art arts assoc astron
            at ap av bel bibl biogr bl brig bras c.f cap caps card cat cap cel cf cía cia circ cit cm cód col
            comp compl cons cont coord créd cx d.c dec dep dept des desc dim dipl dir div doc dr dra dras
            drs ed educ eletr end eng engª esc esp est etc ex exa exma exmo exmos ext fac fasc fem fev fig figs fil
            fís fl fls fot func fund gal gen geogr geom gov gr gram hab hist ilma ilmo inc ind inf ingl insc inst
            int ital jan jr jul jun jur km lat lic lin lit liv loc ltda mai maj mat máx méd mem min mín mons mov
            mun mús nac nov núm obs odont of op org orig out p.ex p.m pág págs pg pol port pp pq pref pres próx
            proc prod prof profa profs pron prov psicol pte quím r.s.v.p red ref reg rel relat rep res rev
            rod sarg séc secr seg sen símb sgt soc sociol sr sra sras sres srs srta sta ste sto sup sup supl tb
            tec tec tel ten tít trad transp trav univ v.ex vol vols vs Av Alm Cel Est Fr Mar Pe Sta Sto D Dom""",
        "ro": """a.c acad aprox adj al alin arh art asist av bd bdul bibl bl bld cca cf col com comp conf coord
            corp cpt crt d.c d-na d-ra dec dep dir doc dl dna dnei dra dr dra dvs ed etc ex ex febr fig
            fil gr gral hect ian ibid ing insp ist iul iun ît jr jud km lat lit lt ltd lct max mil mld mln
            nr nov nr obs oct op orig p.m p.s pag pct pg pl plt pr pref preș prof prod proc prov pt pvt
            rd red reg resp rev s.a s.r.l sc sec sect sf sg sld sld sept str sublt șos șt ș.a ș.a.m.d t.v
            tel tit trad univ vol v.d Sf Dl Dna Dr Prof Str Bd""",
        "ru": """абз авг авт адм адр акад ак алг англ анон апр арм арх архим архиеп асс ауд б безв бел берег бесед бл
            бр букв бул бухг бюдж в вв введ вкл вкл внеш воен возв воскр восп вост вр врем всп вт вып выс г
            ген геогр геол гг гл глав гос гр губ д д-р дв ден деп дерев дир дисс
            дл долл доп доц др евр ед ежем ежег ж жел журн з зав загл зак зам зап зл засл зем знач
            и.о изв изд изм ил илл им имп ин инж инст инф ист исп испр ит итал июл июн к.т.н каб канд кап кат кв кг кл км кн
            комн коммент комп кон конф кооп коп корп корр кр куб лат ленингр л.д м м-р маг макс
            межд мес мин митр мл млн млрд мм мн моск муз муниц н.э нач наз назв наим напр нар
            нац нед нек необх неск нояб норв обл обр общ общ.-во ок окр окт орг ориг отд отв отм офиц
            п пед пер перев перен пл подп пож полит пом пос пп пр прав пред преп предп пресв
            прибл прим прил прич пров прод проз произв прол пром просп прот проф проц псевд пт пуб р разг разд
            разр район рев ред реж рек рем респ реф рец рис рим род рожд росс руб рук рус русск руч с св сб свт сев сек
            сент сл см собр сов совм совр соед сокр сост сот соч соц спец ср сред ст стб стр
            сщмч т т.д т.е т.к т.н т.п табл тв тел терр техн тит тж тов тож тр тт туп тыс у уе
            ул унив ур урожд усл устар уст утр уч учр фев февр фед фиг физ флиг фот фр франц х хоз
            худ ц церк ч чел четв числ чл чт шк шт экз экон элект энц этн юж юр яз янв""",
        "sk": """adm apod arch atď atp bc cca čl čís doc dr fol hod hl ing inž judr kap km kpt mgr mil min mjr mld mudr mvdr
            n.l napr nám nasl obr odb ods okr ol paeddr pers phdr pl plk por pozn pr prof príl red resp rndr
            roč s.r.o skr sl sp st stor str súkr sv škol šk tab tel tis tj tzn tzv ul ved vyd zák zb zn""",
        "sl": """adv akad angl arh biol bl bl.r cca čl dipl dj doc dr dir est fig fran gl gosp god gr inž idr ing inž ipd itd
            itn kol l.r lat mag mat max mil mio mlrd mr nadalj npr n.št nem odd okt op oz pl pogl
            pon posl prev prib prim prof prosim red ref roj s.p sev slov sod spec sr st stol str sv št tel tj tis
            tov tč ul univ ur vod vz vel zv zvd žen""",
        "sq": "art dr etj f fq ing inxh km kr mld mln nr p.sh prof rr sh.p str shën tel v vj z znj",
        "sr": """акад бр бул в вел г гђа гђица гг гл год д.о.о дипл доц др ж и.о им инж итд итсл ј к кн књ л м мил мин млрд
            мр напр нпр н.е о об одн оп п пок пон пр проф р рег ред с св сл ст стр т т.е тел тзв тј у уг ул ч чл
            akad br bul čl dipl doc dr god gđa gđica inž itd itsl mil mlrd mr npr odn prof sv st str tel tj tzv ul""",
        "sv": """adj adv afg alt anm ang apr art aug avd avl bd bf bg betr bl bla brigad ca cand dec dep dir dist
            div doc docent dr dvs d.v.s ed eg eka eks ekon em enl etc ev ex exkl f.d f.n f.ö f.k f.m fd feb fig fil
            filkand fm fn forts fr frk fr.o.m föreg förf förk förl g.m gen gm gss hr ibid iaf ing inkl insp
            inst int jan jf jfr jr jun jul kand kap kl kml kond kr kungl kv lab lic lit lör m.a.o m.fl m.m maj maks mar
            max mfl milj mm mån n.b nat nb nov nr nuv näml o.d o.s.v obs okt omkr op osv pga
            pol pr pres prof prel prof ref reg rel resp s.a.s s.k sek sekt sen sept sg sid skt sign sml s.o
            sos st stv str t.ex t.o.m t.v tab tal tb tel temp tex tf tfn ti tim tjf tom tr trol ts tv uppl
            univ urspr utg va vard vd vol ya ä.k äv öv övers St S:t""",
        "sw": "bi bw dk dkt g mh mhe nk n.k prof taz uk",
        "ta": "டாக்டர் திரு திருமதி பேரா கி.மீ ரூ எ.கா மு.க",
        "te": "డా డాక్టర్ శ్రీ ప్రొ కి.మీ రూ",
        "th": "ดร น.ส พ.ศ ค.ศ รศ ผศ ศ นพ พญ พล.อ ม.ค ก.พ มี.ค เม.ย พ.ค มิ.ย ก.ค ส.ค ก.ย ต.ค พ.ย ธ.ค จ อ ต ถ ซ",
        "tr": """a.ş adr agm alb alm anat apt ar arş asb astsb asst av bk bkz bl bkn blş böl bs bşk bul c cad
            cilt cm co çev çvş dk dip doç dr ecz ed ens ens f fak fiz gen gn gör gös hast haz hz
            hv hzl ing işl işç jeol km koor kor kr krş ks ktp l lt ltd mad mah mat md meb meç mim min
            mr müd müh mü müt n no nö opr ord org ort os örn örg öğr öğrt pl prof psikol ptt
            sf sb sek ser sn sos srv st sti şb şti şk şt şv tel teğm tem tic tl trans tuğg tümg üni ünl ünv
            uzm üçvş vb vd vs yard yb yd yrd yön yy yüzb zf zm Hz Prof Doç Dr Sn Av Org""",
        "uk": """абз авг авт адм акад англ арк архим асист бл бр бул буд вип вул в'яз геогр ген гр гг грн губ
            дир док доц др ел етн жін журн заг зав заст зб зовн ім ін інж інст іст ін-т канд кв кг кер кн ком
            кім кн коп корп лат літ м-р мат мед міс міст млн млрд мм напр наст нац нім обл оз ок окр
            орг ориг пер перекл пл пол пом пп пр прим пров прод проф псевд р ред реж респ рис розд рос рр
            руб с св см сер соц спец сс ст сту стор суч т табл тел тис тж тим тов трав ун-т укл укр ул фр
            ц цит ч чл шт юр яз""",
        "ur": "ڈاکٹر پروفیسر",
        "uz": "akad dots h.k hok i.f mln mlrd prof sh.k v.b va.b v.h",
        "vi": """bs cn cs csgt dr đ đ.c đc đg gs hcm ks kts ls mr mrs ms nd ng nsnd nsưt nxb ô ô.b p pgs pgs.ts ptgđ q
            sđt t.p tc th ths tnhh tp tr tr.cn ts tt ttxvn tx ub ubnd v.v vd vs xb TP Q P H TT Tp Ts Ths Gs Bs Ks""",
    }.items()
}
_OF_LANGUAGE["nb"] = _OF_LANGUAGE["nn"] = _OF_LANGUAGE["no"]

# Conjunctions, prepositions and articles of one letter.
_ONE_LETTER = {
    "cs": "aikosuvz",
    "en": "a",
    "es": "aeouy",
    "fr": "ày",
    "hu": "as",
    "it": "aeoè",
    "pl": "aiouwz",
    "pt": "aeoàé",
    "ro": "ao",
    "ru": "авикосуя",
    "sk": "aikosuvz",
    "sl": "aikosvz",
    "uk": "авзійоуяє",
}
_ANY_ONE_LETTER = frozenset("aàeiouyвикосуазіу")


def is_abbreviation(word: str, language: str) -> bool:
    """Say whether a full stop after `word` belongs to it; `language` is a primary subtag.

    Single letters (initials, U.S., z. B.), Roman numerals and numbers of one or two digits
    (ordinals in half of Europe, items of a list everywhere) count as abbreviated in any language;
    so does a word without a vowel that is not all in capitals (Hrsg., MUDr., Tsd., обл.).
    """
    lowered = word.lower()
    written = word.rpartition(".")[2]
    last = written.lower()
    if len(last) <= 1 or (len(last) <= 2 and last.isdigit()) or not last.strip("ivx"):
        return not last or last.isalnum()
    own = _OF_LANGUAGE.get(language, frozenset())
    return (
        last in _COMMON
        or last in own
        or lowered in own
        or written in own
        or written in _COMMON
        or _has_no_vowel(written, language)
        or _is_doubled(written)
    )


_CONSONANTS = re.compile(
    "(?:[bcdfghjklmnpqrstvwxzßçčćďđłľĺńňñřŕśšťŵźżžþð]{2,5}|[бвгджзйклмнпрстфхцчшщ]{2,5}"
    "|[βγδζθκλμνξπρσςτφχψ]{2,5})"
)
_UNITS = _words(
    "hz khz mhz ghz thz kg mg cm mm km kb mb gb tb pb kw mw gw kwh mwh kbps mbps gbps ml hl db"
)
"""Units are written without a full stop, so a full stop after one ends a sentence."""
_LIQUID_VOWELS = frozenset({"cs", "sk", "hr", "sr", "bs", "sl", "mk", "bg"})
"""Languages in which r and l can be vowels: "Krk", "smrt", "прст"."""


def _has_no_vowel(word: str, language: str) -> bool:
    lowered = word.lower()
    if lowered in _UNITS or not _CONSONANTS.fullmatch(lowered) or word.isupper():
        return False
    return language not in _LIQUID_VOWELS or _LIQUID.search(lowered) is None


_LIQUID = re.compile("[^rlрл][rlрл]|^[rр]")


def _is_doubled(word: str) -> bool:
    """Say whether two equal capitals stand for a plural, as in "EE. UU."."""
    return len(word) == 2 and word[0] == word[1] and word.isupper()


def is_dangling(word: str, language: str) -> bool:
    """Say whether `word` is a word of one letter that belongs to the word after it."""
    return len(word) == 1 and word.lower() in _ONE_LETTER.get(language, _ANY_ONE_LETTER)
