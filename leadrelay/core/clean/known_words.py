"""Spellings of technologies and of compliance frameworks, as regular expressions, by their usual name.

In `any` case of letters; only `exact`ly so; or, as a lone entry of a list, `alone`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Spelled(NamedTuple):
    """How something is written. Any of the three may be empty."""

    any: str = ""
    exact: str = ""
    alone: str = ""


TECHNOLOGIES: Mapping[str, Spelled] = {
    "": Spelled(
        r"azure[ -](?:blue|sky|skies|seas?|waters?|eyes|coast)|excel at \w+|tableaux? de \w+|oracle of \w+|oracle bone"
    ),
    "Active Directory": Spelled(
        r"(?:ms |microsoft |azure )?active directory|azure ad|(?:microsoft )?entra id|microsoft entra"
    ),
    "Ansible": Spelled(r"ansible"),
    "AppDynamics": Spelled(r"app ?dynamics"),
    "Armis": Spelled(r"armis"),
    "AWS": Spelled(r"aws|amazon web services|amazon ec2|ec2 instances?|aws ec2"),
    "Axonius": Spelled(r"axonius"),
    "Azure": Spelled(r"(?:microsoft |ms )?azure(?: cloud| stack| devops)?"),
    "BMC": Spelled(
        r"bmc[ -](?:helix|remedy|discovery|atrium|footprints|software|itsm|cmdb)(?: itsm| cmdb)?|remedy itsm",
        "BMC",
        "bmc",
    ),
    "Check Point": Spelled(r"check ?point (?:firewalls?|software|quantum)", "Check Point|CheckPoint"),
    "Checkmk": Spelled(r"check_?mk"),
    "Cisco": Spelled(r"cisco(?: meraki| ise| aci)?|meraki"),
    "Citrix": Spelled(r"citrix|xenapp|xendesktop"),
    "Confluence": Spelled(r"atlassian confluence|confluence wiki", "Confluence", "confluence"),
    "CrowdStrike": Spelled(r"crowd ?strike(?: falcon)?"),
    "Datadog": Spelled(r"datadog"),
    "Device42": Spelled(r"device ?42"),
    "Docker": Spelled(r"docker"),
    "Dynatrace": Spelled(r"dynatrace"),
    "Elastic": Spelled(r"elastic ?search|elastic (?:stack|cloud|observability)|elk stack", "ELK", "elastic|elk"),
    "Excel": Spelled(
        r"(?:ms|microsoft) excel|excel (?:sheets?|lists?|files?|spreadsheets?|tabellen?)", "Excel|EXCEL", "excel"
    ),
    "Flexera": Spelled(r"flexera(?: one)?|flexnet manager"),
    "Fortinet": Spelled(r"fortinet|forti(?:gate|manager|analyzer|nac)"),
    "Freshservice": Spelled(r"fresh ?service|freshdesk"),
    "GitHub": Spelled(r"github"),
    "GitLab": Spelled(r"gitlab"),
    "GLPI": Spelled(r"glpi"),
    "Google Cloud": Spelled(r"google cloud(?: platform)?|gcp|gke"),
    "Google Workspace": Spelled(r"google workspace|g suite|gsuite"),
    "Grafana": Spelled(r"grafana"),
    "HubSpot": Spelled(r"hubspot"),
    "Hyper-V": Spelled(r"(?:ms |microsoft )?hyper-?v"),
    "i-doit": Spelled(r"i-doit"),
    "IBM Maximo": Spelled(r"(?:ibm )?maximo"),
    "Icinga": Spelled(r"icinga2?"),
    "Infoblox": Spelled(r"infoblox"),
    "Intune": Spelled(r"(?:ms |microsoft )?intune"),
    "Ivanti": Spelled(r"ivanti(?: neurons)?|cherwell|landesk|mobileiron"),
    "Jamf": Spelled(r"jamf(?: pro)?"),
    "Jenkins": Spelled(r"jenkins"),
    "Jira": Spelled(r"(?:atlassian )?jira(?: software| cloud| assets)?"),
    "Jira Service Management": Spelled(r"(?:atlassian )?jira[ -]service[ -](?:management|desk)", "JSM", "jsm"),
    "Kubernetes": Spelled(r"kubernetes|k8s", "AKS|EKS"),
    "Lansweeper": Spelled(r"lan ?sweeper"),
    "ManageEngine": Spelled(r"manage ?engine(?: servicedesk plus)?|servicedesk plus"),
    "Matrix42": Spelled(r"matrix ?42"),
    "Microsoft 365": Spelled(r"(?:microsoft|ms|office) ?365|o365|m365"),
    "Microsoft Defender": Spelled(r"(?:ms|microsoft|windows) defender(?: for \w+)?|defender for endpoint"),
    "Microsoft Sentinel": Spelled(r"(?:microsoft|azure|ms) sentinel"),
    "Microsoft Teams": Spelled(r"(?:microsoft|ms) teams"),
    "MongoDB": Spelled(r"mongo ?db"),
    "Nagios": Spelled(r"nagios(?: xi)?"),
    "NetApp": Spelled(r"netapp"),
    "NetBox": Spelled(r"netbox"),
    "NetSuite": Spelled(r"(?:oracle )?netsuite"),
    "New Relic": Spelled(r"new ?relic"),
    "Nutanix": Spelled(r"nutanix"),
    "Okta": Spelled(r"okta"),
    "OpenShift": Spelled(r"(?:red ?hat )?openshift"),
    "OpenStack": Spelled(r"openstack"),
    "Oracle": Spelled(r"oracle(?: (?:db|database|ebs|cloud|erp|fusion))?"),
    "OTRS": Spelled(r"otrs|znuny"),
    "Palo Alto Networks": Spelled(r"palo alto (?:networks|firewalls?|ngfw|panorama)|cortex xdr|prisma cloud"),
    "PostgreSQL": Spelled(r"postgres(?:ql)?"),
    "Power BI": Spelled(r"power ?bi"),
    "Prometheus": Spelled(r"prometheus"),
    "PRTG": Spelled(r"prtg|paessler"),
    "Puppet": Spelled(r"puppet enterprise|puppetlabs", "Puppet", "puppet"),
    "Qualys": Spelled(r"qualys(?: vmdr| guard)?|qualysguard"),
    "Rapid7": Spelled(r"rapid ?7|insightvm|nexpose"),
    "Red Hat": Spelled(r"red ?hat(?: enterprise linux| satellite)?|rhel"),
    "Salesforce": Spelled(r"salesforce(?:\.com)?|sfdc"),
    "SAP": Spelled(
        r"sap[ /-]?(?:s/?4|s4hana|hana|erp|ecc|r/?3|bw|ariba|successfactors)(?:[ /]?hana)?|s/4 ?hana", "SAP", "sap"
    ),
    "SCCM": Spelled(
        r"sccm|mecm|system cent(?:er|re) configuration manager|(?:microsoft )?endpoint configuration manager|configmgr"
    ),
    "SentinelOne": Spelled(r"sentinel ?one"),
    "ServiceNow": Spelled(r"service[ -]?now(?: discovery| cmdb| itsm| itom)?"),
    "Snipe-IT": Spelled(r"snipe-?it"),
    "Snow Software": Spelled(r"snow (?:software|license manager|atlas|inventory)"),
    "SolarWinds": Spelled(r"solar ?winds(?: orion)?"),
    "Splunk": Spelled(r"splunk"),
    "SQL Server": Spelled(r"(?:ms |microsoft )?sql[ -]?server|mssql"),
    "Symantec": Spelled(r"symantec|altiris"),
    "Tableau": Spelled(r"tableau (?:server|desktop|dashboards?|online)", "Tableau", "tableau"),
    "Tanium": Spelled(r"tanium"),
    "Tenable": Spelled(r"tenable(?:\.io|\.sc| nessus| one)?|nessus"),
    "Terraform": Spelled(r"terraform"),
    "TOPdesk": Spelled(r"top ?desk"),
    "USU": Spelled(r"usu (?:software|valuemation|itsm|sam)|valuemation", "USU"),
    "Veeam": Spelled(r"veeam"),
    "VMware": Spelled(r"vm-?ware(?: vsphere| esxi?| vcenter| cloud| horizon| tanzu)?|vsphere|esxi|vcenter"),
    "Windows Server": Spelled(r"windows[ -]server(?: \d{4})?"),
    "Workday": Spelled(r"workday (?:hcm|finance|hr)", "Workday", "workday"),
    "Zabbix": Spelled(r"zabbix"),
    "Zendesk": Spelled(r"zendesk"),
}
"""The first one are no technologies, though they look so."""

COMPLIANCE: Mapping[str, Spelled] = {
    "APRA CPS 234": Spelled(r"(?:apra )?cps[ -]?234"),
    "BAIT": Spelled("", "BAIT", "bait"),
    "BSI IT-Grundschutz": Spelled(r"(?:bsi )?it[ -]?grundschutz|bsi[ -]grundschutz"),
    "C5": Spelled(r"bsi[ -]c5|c5[ -](?:attestation|testat|katalog|2020)", "", "c5"),
    "CCPA": Spelled(r"ccpa|cpra|california consumer privacy act"),
    "CIS Controls": Spelled(
        r"cis (?:critical security )?controls(?: v?\d)?|cis (?:benchmarks?|csc|top ?(?:18|20))|cis[ -]?(?:18|20)",
        "",
        "cis",
    ),
    "CJIS": Spelled(r"cjis"),
    "CMMC": Spelled(r"cmmc(?: ?2\.0)?|cybersecurity maturity model certification"),
    "COBIT": Spelled(r"cobit(?: (?:5|2019))?"),
    "CRA": Spelled(r"cyber resilience act", "", "cra"),
    "CSA STAR": Spelled(r"csa star"),
    "Cyber Essentials": Spelled(r"cyber essentials(?: plus)?"),
    "DORA": Spelled(
        r"digital operational resilience act|dora[ -](?:compliance|regulation|readiness|verordnung)", "DORA", "dora"
    ),
    "ENS": Spelled(r"esquema nacional de seguridad", "", "ens"),
    "Essential Eight": Spelled(r"essential (?:eight|8)|acsc e8"),
    "FedRAMP": Spelled(r"fed-?ramp(?: (?:moderate|high|low))?"),
    "FERPA": Spelled(r"ferpa"),
    "FISMA": Spelled(r"fisma"),
    "GDPR": Spelled(
        r"(?:eu[ -]|uk[ -])?gdpr|ds-?gvo|eu-ds-?gvo|rgpd|avg-wet|general data protection regulation", "", "avg"
    ),
    "GLBA": Spelled(r"glba|gramm[ -]leach[ -]bliley(?: act)?"),
    "GxP": Spelled(r"gxp|21 cfr part 11"),
    "HDS": Spelled(r"h[ée]bergeurs? de donn[ée]es de sant[ée]", "", "hds"),
    "HIPAA": Spelled(r"hipp?aa(?: hitech)?|hitech act"),
    "HITRUST": Spelled(r"hitrust(?: csf)?"),
    "IEC 62443": Spelled(r"(?:isa[ /-])?iec[ -]?62443(?:-\d)*|isa[ -]?99"),
    "ISO 9001": Spelled(r"(?:din )?(?:en )?iso[ -]?9001(?::\d{4})?"),
    "ISO 19770": Spelled(r"iso(?:[ /-]iec)?[ -]?19770(?:-\d)?(?::\d{4})?"),
    "ISO 20000": Spelled(r"iso(?:[ /-]iec)?[ -]?20000(?:-1)?(?::\d{4})?"),
    "ISO 22301": Spelled(r"iso[ -]?22301(?::\d{4})?"),
    "ISO 27001": Spelled(
        r"(?:din )?(?:en )?iso(?:[ /-]iec)?[ -]?2700[12](?:[:-]\d{4})?|iso[ -]?27k|iec 27001", "", "27001"
    ),
    "ISO 27017": Spelled(r"iso(?:[ /-]iec)?[ -]?27017(?::\d{4})?"),
    "ISO 27018": Spelled(r"iso(?:[ /-]iec)?[ -]?27018(?::\d{4})?"),
    "ISO 27701": Spelled(r"iso(?:[ /-]iec)?[ -]?27701(?::\d{4})?"),
    "ITAR": Spelled("", "ITAR", "itar"),
    "KRITIS": Spelled(r"kritis(?:[ -]dachgesetz|[ -]?v)?|it[ -]sicherheitsgesetz(?: 2\.0)?|it-?sig ?2(?:\.0)?"),
    "LGPD": Spelled(r"lgpd"),
    "MaRisk": Spelled(r"marisk"),
    "NERC CIP": Spelled(r"nerc[ -]?cip(?:[ -]\d{3})?", "NERC", "nerc"),
    "NIS2": Spelled(r"nis[ -]?(?:2|ii)(?:[ -](?:richtlinie|directive|umsucg|umsetzungsgesetz|projekt))?|nis2umsucg"),
    "NIST 800-171": Spelled(r"(?:nist )?(?:sp )?800-171|nist(?: sp)? ?800[ -]171|dfars(?: 252\.204-7012)?"),
    "NIST 800-53": Spelled(r"(?:nist )?(?:sp )?800-53(?: ?rev\.? ?\d)?|nist(?: sp)? ?800[ -]53"),
    "NIST CSF": Spelled(r"nist[ -]?csf(?: ?\d\.\d)?|nist cyber ?security framework", "", "nist"),
    "PCI DSS": Spelled(r"pci[ -]?dss(?: ?v?\d(?:\.\d){0,2})?|pci (?:compliance|audits?|scope)", "", "pci"),
    "PIPEDA": Spelled(r"pipeda"),
    "SecNumCloud": Spelled(r"sec ?num ?cloud"),
    "SOC 1": Spelled(r"soc[ -]?1(?: type (?:1|2|ii?))?|ssae[ -]?(?:16|18)|isae[ -]?3402"),
    "SOC 2": Spelled(r"soc[ -]?(?:2|ii)(?:[ -]type[ -]?(?:1|2|ii?))?"),
    "SOC 3": Spelled(r"soc[ -]?3"),
    "SOX": Spelled(r"sarbanes[ -]?oxley(?: act)?|j-sox|sox[ -](?:compliance|audit|controls?)", "SOX", "sox"),
    "StateRAMP": Spelled(r"state-?ramp|govramp"),
    "SWIFT CSP": Spelled(r"swift[ -]csp|swift customer security"),
    "TISAX": Spelled(r"tisax"),
    "VAIT": Spelled("", "VAIT", "vait"),
}
