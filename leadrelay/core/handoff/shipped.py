"""The template that a playbook without one of its own gets: the four parts of a hand-off, and how to go on from there.

A constant and no file: it is also what stands in for an admin's template that fails for a lead, wherever that happens.
"""

BODY = """\
# Qualification
- **Verdict:** {% if verdict.qualification %}{{ verdict.qualification }}, {% endif %}score {{ verdict.score }}
{%- if verdict.grade %}, grade {{ verdict.grade }}{% endif %}, stage {{ verdict.stage_label | default(verdict.stage) }}
{% for one in bant %}
- **{{ one.label }} {{ one.verdict }}**
{%- if one.expired %}, expired {{ one.until | day }}{% endif %}
{%- if one.by %} by {{ one.by | join(' and ') }}{% endif %}
{%- if one.evidence %}: {{ one.evidence | join('; ') }}{% endif %}
{%- if one.age %} (asked {{ one.asked | day }}, {{ one.age }}){% endif %}

{% endfor %}
- **The gate lacks:** {{ gate.missing | join }}
{% for question in questions %}
- **{{ 'Ask next' if loop.first else 'Then ask' }}:** {{ question }}
{% endfor %}
- **Source:** {{ lead.source }}
- **Campaign:** {{ lead.campaign }}
- **Reasons:** {{ reasons | join }}

# Contact
- **Name:** {{ lead.first_name }} {{ lead.last_name }}
{% for one in contact if one.name not in ('first_name', 'last_name', 'opted_out') %}
- **{{ one.label }}:** {{ one.value }}
{% endfor %}

{% if lead.opted_out %}
- **Asked for no e-mail**
{% endif %}

# Decision group, and others at the company
- **Members identified:** {{ lead.stakeholders }}
{% for one in colleagues %}
- **{{ one.name }}**
{%- if one.title %}, {{ one.title }}{% endif %}
{%- if one.role %} ({{ one.role }}){% endif %}
{%- if one.email %}, {{ one.email }}{% endif %}
{%- if one.phone %}, {{ one.phone }}{% endif %}

{% endfor %}

# Initial requirements
{% for one in requirements %}
- **{{ one.label }}:** {{ one.value }}
{% endfor %}

# Company profile
{% for one in company %}
- **{{ one.label }}:** {{ one.value }}
{% endfor %}
{% for one in technology %}
- **{{ one.label }}:** {{ one.value }}
{% endfor %}

# Talk track: {{ talk_track.name }}
{{ talk_track.text }}

# Answers to objections
{% for one in answers %}
- **{{ one.objection }}:** {{ one.text }}
{% endfor %}

# Why this lead is yours
{{ owner.why }}
"""
