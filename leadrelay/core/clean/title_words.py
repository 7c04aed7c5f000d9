"""Words of job titles: which rank they tell, and which function. In the languages that CRMs of our users hold most.

`*` before or behind a word stands for more letters. Where words have no bounds, in Japanese say, letters are enough.
"""

from __future__ import annotations

from collections.abc import Mapping

C_LEVEL = """
    ceo, cfo, cio, cto, coo, ciso, cmo, cro, chro, cdo, cpo, cso, clo, cco, cao, cxo, cdio, president, chairman,
    chairwoman, chairperson, chair of the board, owner, co-owner, founder, co-founder, cofounder, managing director,
    managing partner, founding partner, general counsel, board member, member of the board, entrepreneur, proprietor,
    chief executive, chief executive officer, chief financial officer, chief finance officer, chief information
    officer, chief technology officer, chief technical officer, chief operating officer, chief operations officer,
    chief information security officer, chief security officer, chief marketing officer, chief revenue officer, chief
    commercial officer, chief risk officer, chief compliance officer, chief legal officer, chief people officer, chief
    human resources officer, chief digital officer, chief data officer, chief product officer, chief procurement
    officer, chief administrative officer, chief strategy officer, chief innovation officer, chief customer officer,
    chief transformation officer, chief sustainability officer, chief privacy officer, chief digital information
    officer, chief medical officer, chief of police, geschäftsführ*, inhaber*, vorstand*, vorständin, gesellschafter*,
    gründer*, mitgründer*, vorsitzender, vorsitzende, aufsichtsrat, generaldirektor*, intendant*, prokurist*, pdg,
    président, présidente, président-directeur général, directeur général, directrice générale, gérant, gérante,
    fondateur, fondatrice, cofondateur, dsi, rssi, daf, drh, directeur des systèmes d'information, directrice des
    systèmes d'information, administrateur délégué, director general, directora general, gerente general, presidente,
    presidenta, propietario, propietaria, dueño, dueña, fundador, fundadora, consejero delegado, consejera delegada,
    amministratore delegato, amministratrice delegata, direttore generale, direttrice generale, titolare, fondatore,
    socio fondatore, diretor geral, diretora geral, diretor executivo, sócio, proprietário, bestuurder, algemeen
    directeur, eigenaar, oprichter, verkställande direktör, prezes, właściciel
"""
VP = """
    vp, svp, evp, avp, rvp, gvp, vice president, vice-president, vizepräsident*, vice-président, vice-présidente,
    vicepresidente, vicepresidenta, vice presidente, executive officer
"""
DIRECTOR = """
    director, dir, head, head of, general manager, gm, country manager, direktor, direktorin, bereichsleit*,
    abteilungsleit*, hauptabteilungsleit*, leiter, leiterin, leitung, amtsleit*, niederlassungsleit*, vertriebsleit*,
    werkleit*, werksleit*, dezernent*, directeur, directrice, directora, direttore, direttrice, diretor, diretora,
    dyrektor, direktør, direktör, hoofd, chief architect, chief engineer, chief of staff, dezernatsleit*,
    personalleit*, einkaufsleit*, finanzleit*, rechenzentrumsleit*, betriebsleit*
"""
MANAGER = """
    manager, mgr, managers, *manager, *managerin, supervisor, team lead, team leader, teamleader, teamlead, foreman,
    *leiter, *leiterin, teamleit*, projektleit*, gruppenleit*, referatsleit*, schichtleit*, responsable, chef de, chef
    d, gestionnaire, encargado, encargada, jefe, jefa, gerente, coordinador, coordinadora, coordinator, coordinateur,
    coordinatrice, responsabile, coordinatore, capo, gerente de, coordenador, coordenadora, kierownik, superintendent,
    compliance officer, beauftragte, beauftragter, *beauftragte, *beauftragter, dpo
"""
SENIOR = """
    senior, sr, snr, lead, tech lead, principal, staff engineer, distinguished, expert, lead engineer, leitende,
    leitender, architect, *architekt, *architektin, architecte, arquitecto, arquitecta, architetto, arquiteto,
    referent, referentin, fellow, experte, expertin, expert*
"""
ENTRY = """
    intern, internship, trainee, apprentice, student, working student, graduate, junior, jr, entry level, volunteer,
    praktikant*, werkstudent*, auszubildende*, azubi*, volontär*, studentische hilfskraft, stagiaire, alternant*,
    apprenti*, becario, becaria, pasante, aprendiz, practicante, stagista, tirocinante, apprendista, estagiário,
    estagiária, stagiair, praktykant
"""
STAFF = """
    administrator, admin, sysadmin, engineer, developer, programmer, analyst, specialist, consultant, technician,
    operator, officer, associate, representative, agent, advisor, adviser, assistant, secretary, clerk, accountant,
    buyer, designer, scientist, researcher, planner, controller, auditor, executive, executive assistant, pa, support,
    recruiter, teacher, professor, nurse, doctor, lawyer, attorney, paralegal, librarian, technologist,
    *administrator*, *ingenieur*, *entwickler*, *techniker*, *informatiker*, *sachbearbeiter*, *berater*, *assistent*,
    *einkäufer*, *käufer, *referent*, *spezialist*, *sekretär*, *kaufmann, *kauffrau, *mitarbeiter*, *betreuer*,
    administrateur*, administratrice, ingénieur*, développeu*, technicien*, consultant*, assistante, secrétaire,
    acheteur, acheteuse, chargé, chargée, comptable, analyste, administrador*, ingenier*, desarrollador*, técnico,
    técnica, tecnico, consultor*, asistente, secretari*, comprador*, analista, especialista, amministratore di
    sistema, ingegnere, sviluppatore, consulente, assistente, engenheir*, desenvolvedor*, medewerker, beheerder,
    adviseur, ontwikkelaar, systeembeheerder
"""
RANKS: Mapping[str, str] = {
    "c-level": C_LEVEL,
    "vp": VP,
    "director": DIRECTOR,
    "manager": MANAGER,
    "entry": ENTRY,
    "senior": SENIOR,
    "staff": STAFF,
}
"""By rank, from the one that tells most; the first that is found counts."""

ASIAN_RANKS: Mapping[str, str] = {
    "c-level": "代表取締役|取締役|社長|会長|専務|常務|最高|总经理|總經理|董事|总裁|總裁|首席|대표|사장|회장|이사회",
    "vp": "執行役員|本部長|事業部長|副总|副總|부사장|본부장",
    "director": "部長|室長|次長|所長|総監|总监|總監|部门经理|이사|부장|실장",
    "manager": "課長|係長|グループ長|マネージャー|マネジャー|リーダー|经理|經理|主管|차장|과장|팀장|파트장",
    "entry": "インターン|研修|实习|實習|인턴",
    "senior": "主任|主査|シニア|高级|高級|대리|선임|책임",
    "staff": "担当|エンジニア|技術者|開発者|社員|工程师|工程師|专员|專員|사원|엔지니어",
}
"""The same where words have no bounds."""

ASIAN_HELPERS = "秘書|アシスタント|助理|비서"
"""Who works for somebody, of whatever rank that one is."""

FUNCTIONS: Mapping[str, str] = {
    "sales": """
        sales, presales, pre-sales, account executive, account manager, key account*, business development, bdr, sdr,
        chief revenue officer, cro, revenue operations, vertrieb*, *vertrieb, verkauf*, aussendienst*, commercial,
        commerciale, ventes, ingénieur commercial, technico-commercial, ventas, comercial, vendedor*, vendite, vendas,
        verkoop, accountmanager, försäljning*, sprzedaż*, channel manager, partner manager
    """,
    "marketing": """
        marketing, cmo, chief marketing officer, brand, communications, public relations, pr manager, seo, content,
        demand generation, growth, *marketing, kommunikation, öffentlichkeitsarbeit, communication, mercadotecnia,
        mercadeo, comunicación, comunicazione, comunicação, events
    """,
    "hr": """
        hr, human resources, chro, chief people officer, chief human resources officer, people operations, people &
        culture, people and culture, talent, talent acquisition, recruit*, recruiter, payroll, personalleit*,
        personalabteilung, personalwesen, personalreferent*, personalentwicklung, lohnbuchhalt*, drh, rh, ressources
        humaines, recrutement, recursos humanos, rrhh, risorse umane, personeelszaken
    """,
    "procurement": """
        procurement, purchasing, purchaser, buyer, sourcing, category manager, vendor management, supplier management,
        chief procurement officer, einkauf*, *einkauf, *einkäufer*, beschaffung*, achats, acheteur, acheteuse,
        compras, comprador*, abastecimiento, acquisti, approvvigionamenti, inkoop*, suprimentos, inköp*, zakup*
    """,
    "security": """
        security, infosec, cybersecurity, cyber, ciso, soc analyst, soc manager, chief security officer, chief
        information security officer, *sicherheit*, rssi, sécurité, cybersécurité, seguridad, ciberseguridad,
        sicurezza, segurança, beveiliging, säkerhet, penetration tester, threat
    """,
    "compliance": """
        compliance, risk, audit, auditor, auditing, internal audit, chief risk officer, chief compliance officer, grc,
        governance, privacy, data protection, dpo, chief privacy officer, datenschutz*, revision, risikomanagement,
        risikomanager*, *revisor*, conformité, risques, auditeur, protection des données, cumplimiento, riesgos,
        auditoría, riesgo, conformità, rischio, conformidade, naleving, quality assurance manager regulatory
    """,
    "legal": """
        legal, lawyer, attorney, counsel, general counsel, paralegal, chief legal officer, solicitor, rechtsabteilung,
        recht, jurist*, rechtsanwalt, rechtsanwältin, syndikus*, juridique, juriste, avocat*, asesoría jurídica,
        jurídico, abogad*, legale, avvocato, jurídica, advogad*, juridisch
    """,
    "finance": """
        finance, financial, cfo, chief financial officer, chief finance officer, accounting, accountant, controller,
        controlling, comptroller, treasury, treasurer, tax, bookkeep*, investor relations, finanz*, *finanzen,
        buchhalt*, *buchhalt*, rechnungswesen, steuer*, daf, financier, financière, comptab*, trésor*, contrôle de
        gestion, contrôleur de gestion, finanzas, financier*, contador*, contabilidad, tesorería, finanza,
        finanziari*, contabilità, financeir*, contabilidade, financiën, ekonomi
    """,
    "it": """
        it, i.t., cio, cto, ict, information technology, information systems, information officer, technology officer,
        mis, sysadmin, systems administrator, system administrator, systems engineer, system engineer, infrastructure,
        network, networks, networking, cloud, devops, sre, site reliability, data center, data centre, datacenter,
        itsm, itam, itil, cmdb, service desk, help desk, helpdesk, desktop, service delivery, service management,
        asset manager, software asset, hardware asset, license manager, licence manager, licensing, enterprise
        architect, enterprise architecture, solution architect, solutions architect, cloud architect, configuration
        manager, configuration management, change manager, release manager, problem manager, incident manager,
        endpoint, database, dba, data engineer, data engineering, data scientist, analytics, digital, technology,
        technologies, software, applications, platform, tech, chief digital officer, chief data officer, computing,
        virtualization, storage, sap, *informatik*, informationstechnik, edv, rechenzentrum*, *rechenzentrum,
        infrastruktur*, *infrastruktur, netzwerk*, systemadministrat*, systemtechnik*, systembetreuer*, lizenz*,
        softwareentwickl*, anwendungsentwickl*, digitalisierung*, dsi, si, informatique, systèmes d'information,
        système d'information, systèmes, réseau*, licences, parc informatique, technicien support, production
        informatique, technicien helpdesk, ti, tic, sistemas, informátic*, tecnología*, tecnologías de la información,
        infraestructura, redes, sistemista, informatic*, sistemi informativi, tecnologia*, técnico de soporte, soporte
        técnico, infra-estrutura, infraestrutura, systeembeheer*, automatisering, drift, virksomhedsarkitekt, edb
    """,
    "customer service": """
        customer service, customer support, customer success, customer care, customer experience, client services,
        contact center, call center, contact centre, call centre, support, kundenservice, kundendienst, kundenbetreu*,
        kundenberat*, service client, relation client, atención al cliente, servicio al cliente, soporte, servizio
        clienti, assistenza clienti, atendimento, klantenservice, kundtjänst
    """,
    "engineering": """
        engineering, engineer, r&d, research, research & development, development, developer, product, product
        manager, product owner, design, designer, scientist, technical, qa, quality assurance, programmer, architect,
        entwicklung*, *entwickl*, forschung*, konstruktion*, konstrukteur*, *ingenieur*, technische*, recherche,
        développement, développeu*, ingénieur*, ingénierie, bureau d'études, ingenier*, desarrollo, desarrollador*,
        investigación, ingegner*, sviluppo, ricerca, engenh*, desenvolv*, ontwikkel*
    """,
    "operations": """
        operations, coo, chief operating officer, chief operations officer, supply chain, logistics, manufacturing,
        production, plant, facilities, facility, warehouse, quality, maintenance, fleet, transport, process, lean,
        produktion*, logistik*, fertigung*, werk, werksleit*, werkleit*, betriebsleit*, lager*, instandhaltung*,
        qualität*, opérations, logistique, usine, exploitation, qualité, operaciones, logística, producción, planta,
        calidad, almacén, operazioni, produzione, logistica, stabilimento, operações, produção, operaties
    """,
    "administration": """
        administration, administrative, office manager, office administrator, executive assistant, personal assistant,
        assistant, secretary, receptionist, back office, verwaltung*, *assistent*, *assistenz, sekretär*, sekretariat,
        empfang, assistante, secrétaire, secrétariat, asistente, secretari*, administración, recepcionista,
        assistente, segretari*, administratie, pa, ea
    """,
    "general management": """
        ceo, chief executive, chief executive officer, president, chairman, chairwoman, owner, co-owner, founder,
        co-founder, cofounder, managing director, managing partner, founding partner, general manager, country
        manager, board, management, executive management, entrepreneur, proprietor, geschäftsführ*, geschäftsleit*,
        inhaber*, vorstand*, gesellschafter*, gründer*, mitgründer*, generaldirektor*, unternehmensleitung, pdg,
        président*, directeur général, directrice générale, direction, direction générale, gérant*, fondat*, director
        general, directora general, gerente general, gerencia, dirección, dirección general, presidente, presidenta,
        propietari*, dueñ*, fundador*, consejero delegado, amministratore delegato, direttore generale, titolare,
        direzione, diretor geral, diretoria, sócio, directie, eigenaar, bestuurder, strategy, strategie
    """,
}
"""By function, from the most special; the first that is found counts."""

ASIAN_FUNCTIONS: Mapping[str, str] = {
    "administration": "秘書|総務|庶務|행정|비서|行政",
    "sales": "営業|销售|銷售|영업",
    "marketing": "マーケティング|広報|宣伝|市场|市場|마케팅|홍보",
    "hr": "人事|労務|採用|人力资源|人力資源|인사",
    "procurement": "調達|購買|資材|采购|採購|구매",
    "security": "セキュリティ|安全|보안",
    "compliance": "コンプライアンス|監査|内部統制|リスク|合规|合規|审计|감사",
    "legal": "法務|法务|法務|법무",
    "finance": "経理|財務|会計|财务|財務|会计|재무|회계",
    "it": "情報システム|情シス|インフラ|システム|ネットワーク|IT|DX|デジタル|信息|資訊|网络|정보|전산|시스템|인프라",
    "customer service": "カスタマー|お客様|客服|고객",
    "engineering": "開発|研究|技術|设计|研发|研發|技术|工程|개발|연구|기술",
    "operations": "製造|生産|物流|品質|生产|生產|运营|運營|생산|물류|품질|운영",
    "general management": "代表取締役|取締役|社長|会長|経営|CEO|董事|总裁|总经理|대표|사장|경영",
}
"""The same where words have no bounds."""
