"""Words of industries by their sector, as CRMs, LinkedIn and GICS spell them, and in the languages of our users.

The sectors are those of NAICS 2022, which is in the public domain: https://www.census.gov/naics/.
"""

from __future__ import annotations

from collections.abc import Mapping

SECTORS: Mapping[str, tuple[str, str]] = {
    "Agriculture": (
        "11",
        """
        agriculture, agricultural, agricultural products services, farming, ranching, dairy, fishery, fishing,
        forestry, crop production, livestock, timber, farm, landwirtschaft, forstwirtschaft, fischerei, agrar*,
        sylviculture, pêche, agricultura, ganadería, pesca, agricoltura, landbouw, lantbruk, rolnictwo, animal
        production, agrifood, agribusiness
        """,
    ),
    "Mining, Oil and Gas": (
        "21",
        """
        mining, mining and metals, oil, gas, oil and gas, oil and energy, petroleum, coal, quarrying, gold, copper,
        precious metals, diversified metals mining, oil gas exploration production, integrated oil gas, oil gas
        equipment services, oil gas drilling, exploration, bergbau, öl und gas, erdöl*, mines, minería, petróleo,
        petróleo y gas, estrazione, mijnbouw, silver, metals and mining, coal consumable fuels
        """,
    ),
    "Utilities": (
        "22",
        """
        utilities, utility, energy, electricity, electric utilities, gas utilities, water utilities, multi utilities,
        water, power, renewables, renewables environment, renewable energy, renewable electricity, independent power
        producers energy traders, renewables and environment, power generation, grid, waste water, solar, wind power,
        energie*, versorgung, energieversorgung, versorger, stadtwerke, strom*, énergie, eau, électricité, energía,
        electricidad, energia, servicios públicos, nutsbedrijven, energi, energetyka, environmental energy, nuclear
        """,
    ),
    "Construction": (
        "23",
        """
        construction, civil engineering, homebuilding, construction engineering, construction and engineering,
        building construction, building, contractors, bau, bauwesen, baugewerbe, bauindustrie, bauunternehmen,
        hochbau, tiefbau, btp, bâtiment, construcción, costruzioni, edilizia, construção, bouw, byggverksamhet,
        budownictwo, engineering construction
        """,
    ),
    "Manufacturing": (
        "31-33",
        """
        manufacturing, manufacturer, industrial, industrials, industry, industries, machinery, automotive, automobile,
        automobiles, automobile manufacturers, automotive parts equipment, auto parts, motor vehicles, aerospace,
        aerospace defense, aviation aerospace, aviation and aerospace, defense, defence, defense space, defense and
        space, chemicals, chemical, commodity chemicals, specialty chemicals, diversified chemicals, fertilizers
        agricultural chemicals, industrial gases, steel, aluminum, metal, metals, metal glass plastic containers,
        paper plastic packaging products materials, paper products, paper forest products, paper and forest products,
        forest products, packaging, packaging and containers, plastics, rubber, glass, ceramics, glass ceramics
        concrete, construction materials, building materials, building products, construction machinery heavy
        transportation equipment, agricultural farm machinery, industrial machinery supplies components, industrial
        machinery, industrial conglomerates, industrial automation, industrial manufacturing, electrical components
        equipment, heavy electrical equipment, electronics, electrical, electronic components, electronic equipment
        instruments, electronic manufacturing services, electrical electronic manufacturing, consumer electronics,
        communications equipment, semiconductors, semiconductor, semiconductor materials equipment, computer hardware,
        hardware, technology hardware storage peripherals, computer networking, consumer goods, consumer products,
        household products, household appliances, housewares specialties, personal care products, cosmetics, food
        production, food and beverage, food beverages, food and beverages, food beverage, packaged foods meats, soft
        drinks non alcoholic beverages, beverages, beverage, brewers, distillers vintners, wine and spirits, tobacco,
        textiles, apparel, apparel fashion, apparel and fashion, apparel accessories luxury goods, fashion, footwear,
        furniture, home furnishings, luxury goods jewelry, luxury goods and jewelry, sporting goods, leisure products,
        toys, medical devices, medical device, medical equipment, health care equipment, health care supplies,
        biotechnology, biotech, pharmaceuticals, pharmaceutical, pharma, life sciences, life science, life sciences
        tools services, nanotechnology, mechanical or industrial engineering, mechanical engineering, railroad
        manufacture, shipbuilding, printing, business supplies and equipment, oil gas refining marketing, tires
        rubber, motorcycle manufacturers, office services electronics, fmcg, cpg, medtech, maschinenbau, anlagenbau,
        *maschinenbau*, industrie, fertigung, produktion, produzierendes gewerbe, automobil*, fahrzeugbau, chemie*,
        pharma*, elektro*, metall*, stahl*, lebensmittel*, textil*, kunststoff*, medizintechnik, luft und raumfahrt,
        rüstung, verarbeitendes gewerbe, fabrication, production industrielle, chimie, pharmacie, agroalimentaire,
        aéronautique, industria, manufactura, manufacturera, fabricación, automotriz, automoción, química,
        farmacéutica, alimentación, alimentos, metalurgia, manifattura, manifatturiero, automobilistico, farmaceutico,
        chimica, alimentare, indústria, manufatura, farmacêutica, productie, tillverkning, fordonsindustri, produkcja,
        przemysł, conglomerates
        """,
    ),
    "Wholesale": (
        "42",
        """
        wholesale, wholesale trade, distribution, distributors, distributor, import and export, import export, trading
        companies distributors, food distributors, health care distributors, technology distributors, international
        trade and development, grosshandel, großhandel, handel, aussenhandel, außenhandel, commerce de gros, négoce,
        mayorista, comercio al por mayor, ingrosso, commercio all'ingrosso, atacado, groothandel, partihandel, hurt
        """,
    ),
    "Retail": (
        "44-45",
        """
        retail, retailer, retailing, supermarkets, stores, e commerce, ecommerce, online shop, apparel retail,
        automotive retail, broadline retail, computer electronics retail, home improvement retail, homefurnishing
        retail, other specialty retail, consumer staples merchandise retail, food retail, drug retail, grocery,
        department stores, internet direct marketing retail, einzelhandel, onlinehandel, supermarkt, versandhandel,
        commerce de détail, grande distribution, minorista, comercio minorista, comercio, dettaglio, commercio al
        dettaglio, vendita al dettaglio, varejo, detailhandel, comercio electrónico
        """,
    ),
    "Transportation and Warehousing": (
        "48-49",
        """
        transportation, transport, logistics, logistics and supply chain, logistics supply chain, supply chain,
        shipping, freight, trucking, rail, railroad, railway, airlines, airline, airlines aviation, passenger
        airlines, aviation, air freight logistics, cargo ground transportation, passenger ground transportation, rail
        transportation, marine transportation, maritime, warehousing, package freight delivery, courier,
        transportation trucking railroad, truck transportation, transportation logistics supply chain and storage, oil
        gas storage transportation, airport services, airports, ports, postal, highways railtracks, marine ports
        services, logistik, spedition, transportwesen, verkehr, schifffahrt, luftfahrt, lagerei, logistique, fret,
        transports, logística, transporte, logistica, trasporti, trasporto, vervoer, logistiek
        """,
    ),
    "Information": (
        "51",
        """
        information, media, technology, software, it, tech, information technology, computer software, software
        development, application software, systems software, internet, saas, telecommunications, telecom, telco,
        communications, wireless, mobile, integrated telecommunication services, alternative carriers, wireless
        telecommunication services, cable satellite, broadcasting, broadcast media, publishing, newspapers, online
        media, social media, media production, motion pictures and film, movies entertainment, film, music, animation,
        computer games, mobile games, video games, interactive home entertainment, interactive media services,
        information services, internet services infrastructure, data processing, hosting, data processing outsourced
        services, libraries, e learning, high tech, technology information and internet, technology information and
        media, computer and network security, computer network security, cybersecurity, writing and editing, cloud,
        informationstechnik, informationstechnologie, informatik, telekommunikation, medien, verlag*, rundfunk,
        informatique, logiciels, télécommunications, télécoms, médias, édition, tecnología, tecnologías de la
        información, informática, telecomunicaciones, medios, medios de comunicación, tecnologia, informatica,
        telecomunicazioni, editoria, telecomunicações, mídia, telecommunicatie, technologie, telekom, it branche
        """,
    ),
    "Finance and Insurance": (
        "52",
        """
        finance, financial, financials, financial services, banking, bank, banks, diversified banks, regional banks,
        insurance, life health insurance, property casualty insurance, multi line insurance, reinsurance, insurance
        brokers, capital markets, investment banking, investment banking brokerage, investment management, asset
        management, asset management custody banks, wealth management, consumer finance, financial exchanges data,
        transaction payment processing services, payments, venture capital private equity, venture capital and private
        equity, private equity, venture capital, hedge fund, mortgage, credit union, fintech, fund management, multi
        sector holdings, diversified financial services, managed health care, credit, savings, bfsi, mortgage reits,
        diversified capital markets, commercial residential mortgage finance, bankwesen, sparkasse*, kreditinstitut*,
        banken, *bank, *banken, versicherung*, *versicherung*, finanz*, finanzdienstleist*, kapitalanlage*, banque,
        banques, assurance, assurances, services financiers, finances, banca, bancos, banco, seguros, finanzas,
        servicios financieros, assicurazioni, assicurativo, servizi finanziari, finanza, bancário, finanças, serviços
        financeiros, verzekeringen, financiële dienstverlening, bankväsende, försäkring, bankowość, ubezpieczenia
        """,
    ),
    "Real Estate": (
        "53",
        """
        real estate, commercial real estate, property, property management, reit, reits, real estate services, real
        estate development, real estate operating companies, diversified real estate activities, rental, leasing, data
        center reits, health care reits, hotel resort reits, industrial reits, multi family residential reits, office
        reits, other specialized reits, retail reits, self storage reits, single family residential reits, telecom
        tower reits, timber reits, diversified reits, housing, equipment rental, car rental, immobilien*, vermietung,
        wohnungswirtschaft, immobilier, location, inmobiliaria, inmobiliario, bienes raíces, immobiliare, imobiliário,
        vastgoed, fastigheter, nieruchomości
        """,
    ),
    "Professional and Technical Services": (
        "54",
        """
        professional services, consulting, management consulting, business consulting and services, research
        consulting services, it consulting other services, it services, it services and it consulting, information
        technology and services, information technology services, it consulting, it and services, accounting, legal,
        legal services, law practice, law, law firm, alternative dispute resolution, architecture, architecture
        planning, architecture and planning, design, graphic design, engineering, engineering services, market
        research, marketing and advertising, marketing, advertising, advertising services, public relations and
        communications, public relations, research, research services, program development, translation and
        localization, photography, veterinary, think tanks, msp, managed services, system integrator, systems
        integration, outsourcing offshoring consulting, government relations, scientific research, r d, beratung,
        unternehmensberatung, *beratung, it dienstleist*, it beratung, rechtsberatung, steuerberatung,
        wirtschaftsprüfung, ingenieurbüro, werbung, werbeagentur, forschung, architektur, conseil, cabinet de conseil,
        services juridiques, publicité, ingénierie, recherche, esn, consultoría, servicios profesionales, publicidad,
        ingeniería, abogados, investigación, consulenza, servizi professionali, pubblicità, ricerca, ingegneria,
        consultoria, serviços profissionais, advies, zakelijke dienstverlening, konsult*, doradztwo, dienstleistungen
        """,
    ),
    "Management of Companies": (
        "55",
        """
        holding, holdings, holding company, holding companies, management of companies, executive office, executive
        offices, konzernzentrale, beteiligungsgesellschaft, beteiligungen, société holding, sociedad de cartera
        """,
    ),
    "Administrative and Support Services": (
        "56",
        """
        administrative and support services, staffing, staffing and recruiting, human resources, human resources
        services, human resource employment services, recruiting, recruitment, outsourcing, outsourcing offshoring,
        outsourcing and offshoring, bpo, call center, facilities services, facility management, environmental
        services, environmental facilities services, environmental, waste, waste management, diversified support
        services, security and investigations, security services, cleaning, events services, event management, travel
        agency, leisure travel tourism, leisure travel and tourism, travel, tourism, business services, office
        services supplies, security alarm services, commercial printing services, personaldienstleist*, zeitarbeit,
        gebäudereinigung, entsorgung, abfallwirtschaft, reise*, tourismus, touristik, intérim, nettoyage, déchets,
        tourisme, voyages, turismo, servicios empresariales, recursos humanos, viajes, viaggi, risorse umane,
        uitzend*, reizen
        """,
    ),
    "Education": (
        "61",
        """
        education, educational services, education management, higher education, primary secondary education, primary
        and secondary education, university, universities, school, schools, college, training, professional training
        coaching, professional training and coaching, edtech, education services, bildung*, hochschule*, universität*,
        schule*, schulung*, aus und weiterbildung, éducation, enseignement, formation, université, educación,
        enseñanza, universidad, educativo, istruzione, formazione, università, educação, ensino, onderwijs,
        utbildning, edukacja
        """,
    ),
    "Health Care": (
        "62",
        """
        health care, healthcare, health, hospital, hospitals, hospital health care, hospital and health care,
        hospitals and health care, health care facilities, health care services, health care technology, medical,
        medical practice, mental health care, alternative medicine, individual family services, individual and family
        services, clinic, clinics, nursing, nursing homes, social assistance, elder care, child care, gesundheit*,
        krankenhaus*, klinik*, pflege*, arzt*, sozialwesen, santé, hôpital, soins, salud, sanidad, hospitalario,
        sanitario, atención médica, sanità, assistenza sanitaria, ospedale, saúde, hospitalar, gezondheidszorg, zorg,
        sjukvård, hälsovård, opieka zdrowotna, gezondheid*
        """,
    ),
    "Arts and Recreation": (
        "71",
        """
        entertainment, arts, arts and crafts, fine art, performing arts, museums and institutions, museums, museum,
        sports, sport, recreation, recreational facilities and services, leisure, leisure facilities, fitness, health
        wellness and fitness, wellness and fitness, gambling casinos, gambling and casinos, casinos gaming, gaming,
        culture, events, unterhaltung, kultur*, freizeit*, kunst, museen, loisirs, divertissement, arts et spectacles,
        entretenimiento, ocio, deportes, cultura, intrattenimento, lazer, vrije tijd
        """,
    ),
    "Accommodation and Food": (
        "72",
        """
        hospitality, hotels, hotel, hotels resorts cruise lines, restaurants, restaurant, food service, food services,
        accommodation, catering, lodging, resorts, gastronomie, gastgewerbe, hotellerie, gaststätten, hôtellerie,
        restauration, hôtellerie restauration, hostelería, hotelería, restaurantes, ristorazione, ospitalità,
        alberghiero, hotelaria, horeca
        """,
    ),
    "Other Services": (
        "81",
        """
        other services, consumer services, specialized consumer services, non profit, nonprofit, not for profit, non
        profit organization management, non profit organizations, ngo, civic social organization, civic and social
        organization, civic and social organizations, religious institutions, philanthropy, fund raising, fundraising,
        charity, association, associations, political organization, repair, personal services, labor union,
        gemeinnützig*, verband, verbände, vereine, verein, nichtregierungsorganisation, association loi 1901, ong, sin
        ánimo de lucro, sin fines de lucro, no profit, handwerk
        """,
    ),
    "Public Administration": (
        "92",
        """
        government, government administration, public sector, public administration, public safety, public policy,
        military, judiciary, law enforcement, legislative office, international affairs, federal government, state
        government, local government, municipality, county, city government, armed forces, police, öffentliche
        verwaltung, öffentlicher dienst, öffentlicher sektor, behörde*, verwaltung, kommune*, kommunal*, bundeswehr,
        secteur public, administration publique, administration, collectivité*, gouvernement, gobierno, sector
        público, administración pública, gobierno administración pública, pubblica amministrazione, settore pubblico,
        governo, administração pública, setor público, overheid, offentlig förvaltning, administracja publiczna
        """,
    ),
}
"""By sector its number in NAICS, and the words that tell it: `*` stands for more letters. The longest one counts."""

ASIAN_SECTORS: Mapping[str, str] = {
    "Agriculture": "農業|林業|水産|漁業|农业|농업",
    "Mining, Oil and Gas": "鉱業|石油|采矿|광업",
    "Utilities": "電力|電気・ガス|水道|エネルギー|公用事业|能源|에너지|전력",
    "Construction": "建設|建築|建筑|건설",
    "Real Estate": "不動産|房地产|부동산",
    "Finance and Insurance": "金融|銀行|保険|証券|银行|保险|금융|은행|보험",
    "Health Care": "医療|病院|介護|福祉|医院|의료|병원",
    "Education": "教育|大学|学校|교육|대학",
    "Public Administration": "官公庁|行政|自治体|公務|政府|정부|공공",
    "Wholesale": "卸売|商社|批发|도매",
    "Retail": "小売|流通|零售|소매|유통",
    "Transportation and Warehousing": "物流|運輸|運送|倉庫|運輸業|航空|鉄道|물류|운송",
    "Accommodation and Food": "宿泊|飲食|ホテル|外食|餐饮|酒店|호텔|외식",
    "Arts and Recreation": "娯楽|レジャー|エンタ|娱乐|오락",
    "Administrative and Support Services": "人材|派遣|警備|旅行|인력",
    "Professional and Technical Services": "コンサル|法律|会計事務所|広告|咨询|컨설팅|광고",
    "Manufacturing": "製造|メーカー|自動車|機械|電機|化学|製薬|医薬品|食品|半導体|鉄鋼|制造|汽车|제조|제약|화학|반도체",
    "Information": "情報|通信|IT|ソフトウェア|システム|メディア|放送|出版|インターネット|软件|互联网|信息|정보|통신",
}
"""The same where words have no bounds."""
