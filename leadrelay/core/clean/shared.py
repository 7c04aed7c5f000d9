"""What says nothing of a company: mail and pages for everybody; and endings that registries sell like their own."""

from __future__ import annotations


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


FREE_BRANDS = _listed("yahoo ymail hotmail outlook live msn gmx icloud googlemail gmail aol yandex")
"""Mail for everybody, whatever the ending."""

FREE_MAIL = _listed(
    """
    126.com 139.com 163.com 189.cn abv.bg aliyun.com aon.at arcor.de att.net bell.net bellsouth.net bigpond.com
    bigpond.net.au bluewin.ch bol.com.br btinternet.com centrum.cz charter.net chello.at chello.nl comcast.net cox.net
    daum.net dbmail.com docomo.ne.jp duck.com earthlink.net eim.ae email.cz email.it emirates.net.ae ezweb.ne.jp
    fastmail.com fastmail.fm fibertel.com.ar foxmail.com free.fr freemail.hu freenet.de frontier.com globo.com
    hanmail.net hetnet.nl hey.com hispeed.ch home.nl hushmail.com i.softbank.jp ig.com.br iinet.net.au inbox.lv
    inbox.ru inode.at interia.pl internode.on.net inwind.it juno.com kabelmail.de kakao.com kolumbus.fi kpnmail.nl
    laposte.net libero.it list.ru mac.com mail.bg mail.com mail.de mail.ru mailbox.org mailfence.com me.com nate.com
    naver.com netcologne.de netscape.net netzero.net neuf.fr ntlworld.com numericable.fr o2.pl online.de online.no
    onet.eu onet.pl op.pl optonline.net optusnet.com.au orange.fr osnanet.de otenet.gr outlook.com.br pacbell.net
    planet.nl pm.me poczta.fm poczta.onet.pl posteo.de posteo.net prodigy.net.mx proton.me protonmail.ch protonmail.com
    qq.com quicknet.nl rambler.ru rediffmail.com riseup.net rocketmail.com rogers.com sapo.pt sbcglobal.net seznam.cz
    sfr.fr shaw.ca sina.cn sina.com skynet.be sky.com softbank.ne.jp sohu.com spray.se sunrise.ch swissonline.ch
    sympatico.ca t-online.de talktalk.net telenet.be telfort.nl telia.com telus.net terra.com.br terra.es tim.it
    tin.it tiscali.co.uk tiscali.it tlen.pl tuta.com tuta.io tutanota.com tutanota.de ukr.net unitybox.de uol.com.br
    upcmail.nl verizon.net videotron.ca vip.qq.com virgilio.it virgin.net virginmedia.com vodafone.de vodafone.it
    volny.cz walla.co.il wanadoo.es wanadoo.fr web.de windstream.net wp.pl xs4all.nl xtra.co.nz yeah.net zoho.com
    ziggo.nl zonnet.nl
    """
)
"""Mail that anybody may have, and that of access providers. Put together for leadrelay from what the providers say."""

SITES = _listed(
    """
    about.me amazonaws.com angel.co appspot.com behance.net bit.ly blogger.com blogspot.com bsky.app calendly.com
    crunchbase.com dropbox.com etsy.com eventbrite.com facebook.com fb.com fb.me fiverr.com flickr.com g2.com
    github.com github.io gitlab.com glassdoor.com goo.gl google.com indeed.com instagram.com issuu.com kununu.com
    line.me linkedin.com linktr.ee lnkd.in medium.com meetup.com notion.so patreon.com pinterest.com qq.com quora.com
    reddit.com sharepoint.com sites.google.com slideshare.net snapchat.com spotify.com substack.com t.co t.me
    telegram.me threads.net tiktok.com tinyurl.com trustpilot.com tumblr.com twitch.tv twitter.com upwork.com vimeo.com
    vk.com weebly.com weibo.com whatsapp.com wikipedia.org wix.com wixsite.com wordpress.com wordpress.org x.com
    xing.com yelp.com youtu.be youtube.com zoom.us
    """
)
"""Sites where everybody may have a page."""

REGISTRIES = _listed(
    """
    ae.org art.pl biz.dk biz.ua br.com cn.com co.ca co.com co.cz co.dk co.krd co.nl co.no co.pl co.scot co.ua com.de
    com.ru com.se de.com elk.pl eu.com eu.org firm.dk gb.net gda.pl gdansk.pl gdynia.pl gliwice.pl gr.com hk.com hk.org
    hu.net in.net inc.hk it.com jp.net jpn.com jpn.org krakow.pl lodz.pl ltd.hk ltd.ua med.pl mex.com msk.ru msk.su
    net.ru ngo.us nov.ru nov.su org.ru plock.pl poznan.pl pp.ru pp.ua radio.am radio.fm reg.dk ru.com ru.net sa.com
    se.net shop.ro sopot.pl spb.ru spb.su store.dk torun.pl uk.com uk.net us.com us.org wroc.pl za.bz za.com za.net
    za.org zakopane.pl
    """
)
"""Endings in the private section of the public suffix list below which domains are sold as below a country's own."""

ROLES = _listed(
    """
    abuse academy accounting accounts admin administracion administracja administration administrator admissions ads
    advertising advisory adwords affiliates anfrage anfragen ankauf api apply arbeit assistance associates
    atendimento ausbildung auskunft backoffice backup bestellung bestellungen bewerbung billing biuro board booking
    bookings buchhaltung buero bureau business buyer care careers cc chat collaboration comercial comercio commande
    commandes commercial communication communications compliance compras compta comptabilite consultas contabilidad
    contabilidade contact contacto contactus contato contattaci contatti customer customercare customers
    customerservice customersupport dataprivacy datenschutz delivery demo design devnull direccion direction
    direzione dispatch dpo dsi editor education eigyo einkauf email empfang empleo emploi emplois enquires enquiries
    enquiry epost equipe equipo escritorio estate events export facilities facturacion facturas facturation faktura
    fakturor fattura fatture faturamento fax feedback finance financeiro finances financial finanzas forhandler
    franchise frontdesk ftp gdpr general generalinfo gerencia geschaeftsfuehrung geschaeftsleitung gestion gf group
    hallo head headoffice hej hello help helpdesk hi hilfe hola hostmaster hotline hq hr hrd human.resources
    humanresources ict impressum info infodesk infoline informacion informacje informatica information informatique
    inkoop inquiries inquiry intake international investor investors invoice invoices invoicing ir it itservice
    itsupport jinji job jobb jobs joinus kadry kancelaria kanzlei karriere keiri klantenservice kontakt kontor
    koukai kundendienst kundenservice kundservice kundtjanst lager leads legal list listserv logistica logistics
    logistik logistique madoguchi mail mailbox mailer mailer-daemon mailing maintenance management manager managers
    marketing marketplace media mediarelations member members membership mercadeo montage no-reply no_reply noc
    noreply notification notifications oferta offers office officemanager oficina onderhoud online
    operations opinion order orders ordini ordre partner partners payable payments payroll pedidos personal
    personalabteilung personale personeel poczta post posta postbus postmaster postmottak pr praktikum prasa prensa
    press presse privacy procurement produktion project projects promo public publicity publicrelations purchase
    purchasing qa quality questions rachunkowosc receivables recepcao recepcion recepcja receptie reception rechnung
    rechnungen reclamation recruit recruiting recruitment recrutement redaktion reklama rekrutacja relations remote
    renewals reply report reports request requests reservas reservation reservations resumes returns rh root rrhh
    saiyo sales salessupport satis secretaria secretariaat secretariat secretary security segreteria sekretariat
    sekretariatet seo server service servicecenter servicedesk services serwis shipping shop sklep sluzby social
    soporte soumu spam staff stage store student students subscribe subscriptions suggestions supply support
    supporto sysadmin systems team teamassistenz tech technical technik technique tecnico test testing tickets
    toiawase trade trading training treasury unsubscribe uriage urlaub vendas vendite vendor vendors venta ventas
    vente ventes verkauf verkoop vertrieb verwaltung warranty web webadmin webinar webinfo webmail webmaster website
    welcome werbung wholesale www yardim zakupy zamowienia zarzad zentrale
    """
)
"""The part before the @ of addresses that a function has and no person: of RFC 2142, and what companies use.

English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, the languages of Scandinavia, Japanese in Latin
letters. Put together for leadrelay.
"""
