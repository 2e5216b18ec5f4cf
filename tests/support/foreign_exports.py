"""Exports of lists in the manner of many services, written for tests: who stays, who has left.

An address that begins with "on" is on the list; one that begins with "off" is not.
"""

from __future__ import annotations

EXPORTS: dict[str, str] = {
    "Buttondown": "email_address,subscriber_type,tags\n"
    "on1@a.example,regular,\non2@a.example,premium,\noff1@a.example,unsubscribed,\n"
    "off2@a.example,removed,\noff3@a.example,unactivated,\noff4@a.example,complained,\n",
    "WordPress.com": "Email address,Subscription status,Date\n"
    "on1@a.example,Subscribed,2024-01-02\noff1@a.example,Unsubscribed,2024-01-02\n"
    "off2@a.example,Not subscribed,2024-01-02\noff3@a.example,Not confirmed,2024-01-02\n",
    "Ghost": "id,email,name,note,subscribed_to_emails,complimentary_plan,created_at,deleted_at\n"
    "1,on1@a.example,A,,true,false,2024-01-02T10:00:00.000Z,\n"
    "2,off1@a.example,B,,false,false,2024-01-02T10:00:00.000Z,\n"
    "3,off2@a.example,C,,true,false,2024-01-02T10:00:00.000Z,2024-05-01T10:00:00.000Z\n",
    "Substack": "email,active_subscription,expiry,email_disabled,created_at\n"
    "on1@a.example,false,,false,2024-01-02\non2@a.example,true,2030-01-01,false,2024-01-02\n"
    "off1@a.example,false,,true,2024-01-02\n",
    "phpList": "id;email;confirmed;blacklisted;bouncecount;htmlemail;disabled\n"
    "1;on1@a.example;1;0;0;1;0\n2;off1@a.example;1;1;0;1;0\n3;off2@a.example;0;0;0;1;0\n"
    "4;off3@a.example;1;0;0;1;1\n5;on2@a.example;1;0;2;1;0\n",
    "Mailchimp, those who left": "Email Address,First Name,MEMBER_RATING,UNSUB_TIME,UNSUB_REASON\n"
    'off1@a.example,A,2,2024-03-04 05:06:07,"N/A"\noff2@a.example,B,2,2024-03-04 05:06:07,other\n',
    "Mailchimp, those who were cleaned": "Email Address,CLEAN_TIME,CLEAN_CAMPAIGN_ID\n"
    "off1@a.example,2024-03-04 05:06:07,abc\n",
    "Mailchimp, those who are on it": "Email Address,RATING,OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME\n"
    "on1@a.example,2,,2024-03-04 05:06:07,\non2@a.example,2,2024-03-04,2024-03-04 05:06:07,\n",
    "Mautic": "id,email,firstname,dnc,points\n1,on1@a.example,A,,5\n"
    "2,off1@a.example,B,Unsubscribed,5\n"
    "3,off2@a.example,C,1,0\n4,off3@a.example,D,Bounced,0\n",
    "MailerLite": "Subscriber,Email,Status,Opens count\nA,on1@a.example,active,3\n"
    "B,off1@a.example,unsubscribed,0\nC,off2@a.example,unconfirmed,0\nD,off3@a.example,junk,1\n",
    "Kit": "id,email,state,created_at\n1,on1@a.example,active,2024-01-01\n"
    "2,off1@a.example,cancelled,2024-01-01\n3,off2@a.example,bounced,2024-01-01\n",
    "beehiiv": "email,status,created_at\non1@a.example,active,2024-01-01\n"
    "off1@a.example,inactive,2024-01-01\noff2@a.example,pending,2024-01-01\n",
    "listmonk": "uuid,email,name,attributes,status,subscription_status\n"
    'u1,on1@a.example,A,"{}",enabled,confirmed\nu2,off1@a.example,B,"{}",blocklisted,confirmed\n'
    'u3,off2@a.example,C,"{}",enabled,unsubscribed\nu4,off3@a.example,D,"{}",enabled,unconfirmed\n',
    "Brevo": "CONTACT ID;EMAIL;BLACKLIST;SMS\n1;on1@a.example;No;\n2;off1@a.example;Yes;\n",
    "Brevo, blocklisted": "EMAIL;EMAIL_BLOCKLISTED;ADDED_TIME\n"
    "on1@a.example;false;01-02-2024\noff1@a.example;true;01-02-2024\n",
    "Campaign Monitor": "Email Address\tName\tState\tConsent to Track\n"
    "on1@a.example\tA\tActive\tNo\noff1@a.example\tB\tUnsubscribed\tYes\n"
    "off2@a.example\tC\tDeleted\tYes\noff3@a.example\tD\tUnconfirmed\tYes\n",
    "Klaviyo": "Email,Email Marketing Consent,Email Suppressions\n"
    "on1@a.example,SUBSCRIBED,[]\noff1@a.example,UNSUBSCRIBED,[]\n"
    "off2@a.example,NEVER_SUBSCRIBED,[]\noff3@a.example,SUBSCRIBED,['HARD_BOUNCE']\n",
    "HubSpot": "Record ID,Email,Unsubscribed from all email,Lead Status\n"
    "1,on1@a.example,,Active\n2,on2@a.example,false,Active\n3,off1@a.example,true,Active\n",
    "Constant Contact": "Email address,Email permission status,Email update source\n"
    "on1@a.example,Express,web\non2@a.example,Implied,web\noff1@a.example,Unsubscribed,web\n"
    "off2@a.example,Temp hold,web\n",
    "AWeber": "Email,Name,Status,Date Unsubscribed,Stop Time\n"
    "on1@a.example,A,Subscribed,,\noff1@a.example,B,Unsubscribed,01/02/24,\n"
    "off2@a.example,C,,01/02/24,\noff3@a.example,D,Subscribed,,01/02/24 10:00\n",
    "ActiveCampaign": "Contact ID,Email,Status\n1,on1@a.example,1\n2,off1@a.example,2\n"
    "3,off2@a.example,3\n4,off3@a.example,0\n",
    "Mailjet": "Email,IsUnsubscribed,IsExcludedFromCampaigns\n"
    "on1@a.example,False,False\noff1@a.example,True,False\noff2@a.example,False,True\n",
    "Shopify": "Customer ID,Email,Accepts Email Marketing,Total Orders\n"
    "1,on1@a.example,yes,0\n2,off1@a.example,no,4\n",
    "Wix": "Email 1,Email,Email subscriber status\n,on1@a.example,Subscribed\n"
    ",off1@a.example,Unsubscribed\n,off2@a.example,Never subscribed\n",
    "Google Groups": "Email address,Nickname,Group status,Email status,Email preference\n"
    "on1@a.example,A,member,,email\noff1@a.example,B,member,bouncing,email\n"
    "off2@a.example,C,banned,,email\noff3@a.example,D,member,,No email\n",
    "Groups.io": "Email,Display Name,Status,Email Delivery,Joined\n"
    "on1@a.example,A,Normal,Individual,2024\noff1@a.example,B,Bounced,Individual,2024\n"
    "off2@a.example,C,Normal,No Email,2024\n",
    "Mailman": "address,full_name,role,delivery_status,nomail\n"
    "on1@a.example,A,member,enabled,0\noff1@a.example,B,member,by_user,0\n"
    "off2@a.example,C,member,by_bounces,1\n",
    "Patreon": "Name,Email,Patron Status,Follows You\nA,on1@a.example,Active patron,Yes\n"
    "B,off1@a.example,Former patron,No\nC,off2@a.example,Declined patron,No\n",
    "Drip": "email,status,unsubscribed_at\non1@a.example,active,\noff1@a.example,removed,\n"
    "off2@a.example,active,2024-01-01T00:00:00Z\n",
    "a database of one's own": "email,is_active,opted_out,deleted\non1@a.example,1,0,0\n"
    "off1@a.example,0,0,0\noff2@a.example,1,1,0\noff3@a.example,1,0,1\n",
    "a database with dates": "mail;confirmed_at;unsubscribed_at\n"
    "on1@a.example;2024-01-01 00:00:00;0000-00-00 00:00:00\n"
    "off1@a.example;2024-01-01 00:00:00;2024-02-01 00:00:00\noff2@a.example;;\n",
    "a club, in German": "Name;E-Mail-Adresse;Status;Abgemeldet am\nA;on1@a.example;aktiv;\n"
    "B;off1@a.example;abgemeldet;\nC;off2@a.example;aktiv;01.02.2024\n",
    "an association, in French": "Nom;Courriel;Désabonné;Statut\nA;on1@a.example;non;actif\n"
    "B;off1@a.example;oui;actif\nC;off2@a.example;non;désinscrit\n",
    "a magazine, in Spanish": "Correo electrónico;Estado\non1@a.example;activo\n"
    "off1@a.example;dado de baja\n",
    "a service, in Chinese": "邮箱,状态\non1@a.example,已订阅\noff1@a.example,已退订\n",
    "a table of which nothing is named": "on1@a.example,Ann\noff1@a.example,unsubscribed\n",
    "a word among tags": "Email,Tags\non1@a.example,friends\noff1@a.example,Do not contact\n",
    "a sheet of the editor's": "Name,Email,Opt-out,Notes\nA,on1@a.example,,likes cats\n"
    "B,off1@a.example,x,moved\nC,off2@a.example,,unsubscribed\n",
}
