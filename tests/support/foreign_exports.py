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
    "CleverReach, German": "email;Registriert;Aktiviert;Deaktiviert;Quelle\n"
    "on1@a.example;2024-01-01 10:00:00;2024-01-01 10:05:00;0;web\n"
    "off1@a.example;2024-01-01 10:00:00;2024-01-01 10:05:00;2024-03-01 08:00:00;web\n"
    "off2@a.example;2024-01-01 10:00:00;0;0;web\n",
    "rapidmail, German": "E-Mail;Vorname;Status;Anmeldedatum;Abgemeldet am\n"
    "on1@a.example;A;aktiv;01.02.2024;\n"
    "off1@a.example;B;abgemeldet;01.02.2024;03.04.2024\n"
    "off2@a.example;C;gebounct;01.02.2024;\n"
    "off3@a.example;D;neu (unbestätigt);01.02.2024;\n",
    "a German sheet": "Name,E-Mail-Adresse,Abgemeldet am\n"
    "A,on1@a.example,\n"
    "B,off1@a.example,03.04.2024\n",
    "a German sheet with a flag": "E-Mail-Adresse;Newsletter abbestellt;Bemerkung\n"
    "on1@a.example;nein;\n"
    "off1@a.example;ja;\n",
    "a German sheet of consent": "Vorname;E-Mail;Newsletter-Einwilligung;Widerrufen am\n"
    "A;on1@a.example;ja;\n"
    "B;off1@a.example;nein;\n"
    "C;off2@a.example;ja;12.03.2024\n",
    "a German sheet, in words": "E-Mail;Anmerkung\n"
    "on1@a.example;kommt gern\n"
    "off1@a.example;hat sich abgemeldet\n"
    "off2@a.example;möchte keine Mails mehr\n",
    "a German sheet, sends": "E-Mail;Newsletter\non1@a.example;Ja\noff1@a.example;Nein\n",
    "a French sheet": "Adresse e-mail;Prénom;Désabonné\n"
    "on1@a.example;A;\n"
    "off1@a.example;B;Oui\n"
    "off2@a.example;C;03/04/2024\n",
    "a French sheet by date": "Courriel;Date de désinscription\n"
    "on1@a.example;\n"
    "off1@a.example;03/04/2024\n",
    "a French state": "Email;Statut;Date d'inscription\n"
    "on1@a.example;Abonné;01/02/2024\n"
    "off1@a.example;Désabonné;01/02/2024\n"
    "off2@a.example;Bloqué;01/02/2024\n"
    "off3@a.example;En attente;01/02/2024\n",
    "Brevo, French": "EMAIL;NOM;Liste noire\non1@a.example;A;Non\noff1@a.example;B;Oui\n",
    "a Spanish sheet": "Correo electrónico;Nombre;Dado de baja\n"
    "on1@a.example;A;No\n"
    "off1@a.example;B;Sí\n",
    "a Spanish sheet by date": "Correo;Fecha de baja\non1@a.example;\noff1@a.example;03/04/2024\n",
    "a Spanish state": "Email;Estado\n"
    "on1@a.example;Suscrito\n"
    "off1@a.example;Cancelado\n"
    "off2@a.example;No suscrito\n"
    "off3@a.example;Rebotado\n",
    "a Portuguese sheet": "E-mail;Nome;Descadastrado em\n"
    "on1@a.example;A;\n"
    "off1@a.example;B;03/04/2024\n",
    "a Portuguese flag": "E-mail;Cancelou inscrição\non1@a.example;não\noff1@a.example;sim\n",
    "a Portuguese state": "E-mail;Situação\n"
    "on1@a.example;Inscrito\n"
    "off1@a.example;Descadastrado\n"
    "off2@a.example;Rejeitado\n",
    "an Italian sheet": "Indirizzo email;Disiscritto il\n"
    "on1@a.example;\n"
    "off1@a.example;03/04/2024\n",
    "an Italian state": "Email;Stato\n"
    "on1@a.example;Iscritto\n"
    "off1@a.example;Disiscritto\n"
    "off2@a.example;Rimbalzato\n",
    "a Dutch sheet": "E-mailadres;Uitgeschreven op\non1@a.example;\noff1@a.example;03-04-2024\n",
    "a Dutch state": "Emailadres;Status\n"
    "on1@a.example;Ingeschreven\n"
    "off1@a.example;Uitgeschreven\n",
    "a Polish sheet": "Adres e-mail;Wypisany\non1@a.example;nie\noff1@a.example;tak\n",
    "a Swedish sheet": "E-post;Avregistrerad\non1@a.example;nej\noff1@a.example;ja\n",
    "a Danish sheet": "E-mail;Afmeldt\non1@a.example;\noff1@a.example;2024-04-03\n",
    "a Russian sheet": "Email;Статус\n"
    "on1@a.example;Подписан\n"
    "off1@a.example;Отписан\n"
    "off2@a.example;Не подтверждён\n",
    "a Russian date": "Адрес;Дата отписки\non1@a.example;\noff1@a.example;03.04.2024\n",
    "a Turkish sheet": "E-posta;Abonelikten çıktı\non1@a.example;hayır\noff1@a.example;evet\n",
    "a Japanese sheet": "メールアドレス,氏名,配信停止\n"
    "on1@a.example,A,\n"
    "off1@a.example,B,1\n"
    "off2@a.example,C,済\n",
    "a Japanese state": "メールアドレス,配信状態\n"
    "on1@a.example,配信中\n"
    "off1@a.example,配信停止\n"
    "off2@a.example,エラー停止\n",
    "a Japanese flag": "メールアドレス,メルマガ購読\non1@a.example,はい\noff1@a.example,いいえ\n",
    "a Japanese circle": "メールアドレス,配信可否\non1@a.example,○\noff1@a.example,×\n",
    "a Chinese sheet": "邮箱,姓名,退订时间\non1@a.example,A,\noff1@a.example,B,2024-04-03\n",
    "a Chinese state": "邮箱地址,状态\n"
    "on1@a.example,已订阅\n"
    "off1@a.example,已退订\n"
    "off2@a.example,未确认\n",
    "a Chinese flag": "邮箱,是否退订\non1@a.example,否\noff1@a.example,是\n",
    "a Taiwanese flag": "電子郵件,是否訂閱\non1@a.example,是\noff1@a.example,否\n",
    "a Korean sheet": "이메일,수신거부일\non1@a.example,\noff1@a.example,2024-04-03\n",
    "a Korean flag": "이메일,수신동의\non1@a.example,Y\noff1@a.example,N\n",
    "an Arabic state": "البريد الإلكتروني,الحالة\n"
    "on1@a.example,مشترك\n"
    "off1@a.example,ألغى الاشتراك\n",
    "Revue": "email,first_name,last_name,created_at,unsubscribed_at\n"
    "on1@a.example,A,B,2021-01-01,\n"
    "off1@a.example,A,B,2021-01-01,2022-01-01\n",
    "TinyLetter": "Email Address,Signup Date,Subscription Date,Unsubscribe Date\n"
    "on1@a.example,2016-01-01,2016-01-01,\n"
    "off1@a.example,2016-01-01,2016-01-01,2017-01-01\n",
    "Sendy": "Name,Email,Joined,Unsubscribed,Bounced,Complaint,Confirmed\n"
    "A,on1@a.example,1700000000,0,0,0,1\n"
    "B,off1@a.example,1700000000,1,0,0,1\n"
    "C,off2@a.example,1700000000,0,1,0,1\n"
    "D,off3@a.example,1700000000,0,0,1,1\n"
    "E,off4@a.example,1700000000,0,0,0,0\n",
    "MailPoet": "Subscribed IP,Email,First name,Global Status,List Status\n"
    "1.2.3.4,on1@a.example,A,Subscribed,Subscribed\n"
    "1.2.3.4,off1@a.example,B,Unsubscribed,Subscribed\n"
    "1.2.3.4,off2@a.example,C,Subscribed,Unsubscribed\n"
    "1.2.3.4,off3@a.example,D,Bounced,Subscribed\n"
    ",off4@a.example,E,Unconfirmed,Unconfirmed\n",
    "Keila": "Email,First name,Last name,Data,Status,External ID\n"
    "on1@a.example,A,B,{},active,\n"
    "off1@a.example,A,B,{},unsubscribed,\n"
    "off2@a.example,A,B,{},unreachable,\n",
    "GetResponse": "email,name,added_on,reason,removed_on\n"
    "on1@a.example,A,2024-01-01,,\n"
    "off1@a.example,B,2024-01-01,unsubscribe,2024-02-01\n",
    "GetResponse, type": "Email,Name,Contact status\n"
    "on1@a.example,A,Subscribed\n"
    "off1@a.example,B,Removed\n"
    "off2@a.example,C,Unconfirmed\n",
    "Zoho Campaigns": "Contact Email,First Name,Opt-out Time,Email Opt Out\n"
    "on1@a.example,A,,false\n"
    "off1@a.example,B,2024-01-01 10:00,true\n",
    "Zoho Campaigns, state": "Email Address,Contact Status\n"
    "on1@a.example,Active\n"
    "off1@a.example,Opted-out\n"
    "off2@a.example,Do-Not-Mail\n"
    "off3@a.example,Spammed\n",
    "Drip, another": "email,status,lifetime_value,unsubscribe_link,unsubscribed_at\n"
    "on1@a.example,active,0,https://x.example/u/1,\n"
    "off1@a.example,unsubscribed,0,https://x.example/u/2,2024-01-01\n",
    "Moosend": "Email,Name,Status,UnsubscribedOn\n"
    "on1@a.example,A,Subscribed,\n"
    "off1@a.example,B,Unsubscribed,2024-01-01\n",
    "EmailOctopus": "Email address,First name,Status\n"
    "on1@a.example,A,SUBSCRIBED\n"
    "off1@a.example,B,UNSUBSCRIBED\n"
    "off2@a.example,C,PENDING\n",
    "Mailjet, another": "email,isexcludedfromcampaigns,isoptinpending\n"
    "on1@a.example,false,false\n"
    "off1@a.example,true,false\n"
    "off2@a.example,false,true\n",
    "Mailjet, list": "Email,IsUnsubscribed,UnsubscribedAt\n"
    "on1@a.example,False,\n"
    "off1@a.example,True,2024-01-01T00:00:00Z\n",
    "SendGrid": "EMAIL,FIRST_NAME,GLOBAL_UNSUBSCRIBE,CREATED_AT\n"
    "on1@a.example,A,0,2024\n"
    "off1@a.example,B,1,2024\n",
    "Omnisend": "email,email_channel_status,email_consent_date\n"
    "on1@a.example,subscribed,2024-01-01\n"
    "off1@a.example,nonSubscribed,\n"
    "off2@a.example,unsubscribed,2024-01-01\n",
    "Shopify, another": "First Name,Email,Accepts Email Marketing,Accepts SMS Marketing\n"
    "A,on1@a.example,yes,no\n"
    "B,off1@a.example,no,no\n",
    "Squarespace": "Email Address,Name,Subscriber Since,Mailing List,Accepts Marketing\n"
    "on1@a.example,A,2024,News,true\n"
    "off1@a.example,B,2024,News,false\n",
    "Salesforce": "Id,Email,HasOptedOutOfEmail,IsEmailBounced\n"
    "1,on1@a.example,0,0\n"
    "2,off1@a.example,1,0\n"
    "3,off2@a.example,0,1\n",
    "Salesforce Marketing Cloud": "Subscriber Key,Email Address,Status,Date Unsubscribed\n"
    "1,on1@a.example,Active,\n"
    "2,off1@a.example,Held,\n"
    "3,off2@a.example,Unsubscribed,1/2/2024\n",
    "Mailman, another": "address,delivery_status,moderation_action\n"
    "on1@a.example,enabled,\n"
    "off1@a.example,by_user,\n"
    "off2@a.example,by_bounces,\n",
    "Sympa": "email;gecos;reception;suspend;bounce\n"
    "on1@a.example;A;mail;0;\n"
    "off1@a.example;B;nomail;0;\n"
    "off2@a.example;C;mail;1;\n",
    "Discourse": "email,mailing_list_mode,suspended_at,silenced_at\n"
    "on1@a.example,true,,\n"
    "off1@a.example,true,2024-01-01,\n",
    "Pipedrive": "Person - Email,Person - Marketing status\n"
    "on1@a.example,Subscribed\n"
    "off1@a.example,No consent\n"
    "off2@a.example,Archived\n",
    "Freshmail": "Email,Status\n"
    "on1@a.example,Aktywny\n"
    "off1@a.example,Wypisany\n"
    "off2@a.example,Do aktywacji\n",
    "ConvertKit": "email,first_name,status,unsubscribed_date\n"
    "on1@a.example,A,Confirmed,\n"
    "off1@a.example,B,Cold,2024-01-01\n"
    "off2@a.example,B,Unsubscribed,2024-01-01\n",
    "Ghost, by newsletter": "id,email,newsletters,labels,deleted_at,email_disabled\n"
    "1,on1@a.example,News,,,0\n"
    "2,off1@a.example,News,,,1\n",
    "Patreon, another": "Name,Email,Patron Status,Follows You,Lifetime Amount\n"
    "A,on1@a.example,Active patron,Yes,1\n"
    "B,off1@a.example,Former patron,No,1\n"
    "C,off2@a.example,Declined patron,No,1\n",
    "Acumbamail": "email;estado;fecha_alta;fecha_baja\n"
    "on1@a.example;Activo;2024-01-01;\n"
    "off1@a.example;Baja;2024-01-01;2024-02-01\n"
    "off2@a.example;Hard bounce;2024-01-01;\n",
    "Egoi, Portuguese": "Email;Nome;Estado;Data de remoção\n"
    "on1@a.example;A;Ativo;\n"
    "off1@a.example;B;Removido;2024-01-01\n"
    "off2@a.example;C;Inativo;\n",
    "RD Station": "Email,Nome,Status para comunicação por email\n"
    "on1@a.example,A,opt-in\n"
    "off1@a.example,B,opt-out\n",
    "Sarbacane, French": "Email;Date d'ajout;Motif de désinscription;NPAI\n"
    "on1@a.example;2024;;\n"
    "off1@a.example;2024;Plus intéressé;\n"
    "off2@a.example;2024;;oui\n",
    "Newsletter2Go": "E-Mail;Vorname;Unsubscribed;Hardbounce\n"
    "on1@a.example;A;0;0\n"
    "off1@a.example;B;1;0\n"
    "off2@a.example;C;0;1\n",
    "Sendinblue, English": "EMAIL;FIRSTNAME;UNSUBSCRIBED_DATE;DOUBLE_OPT-IN\n"
    "on1@a.example;A;;Yes\n"
    "off1@a.example;B;01-02-2024;Yes\n",
    "Mailman 2 roster": "Email,nomail,Reason\non1@a.example,0,\noff1@a.example,1,B\n",
    "Jetpack": "email,subscribed_at,is_unsubscribed\n"
    "on1@a.example,2024-01-01,0\n"
    "off1@a.example,2024-01-01,1\n",
    "Odoo": "Email,Name,Blacklist,Opt Out\n"
    "on1@a.example,A,False,False\n"
    "off1@a.example,B,True,False\n"
    "off2@a.example,C,False,True\n",
    "CiviCRM": "Email,No Bulk Emails (User Opt Out),Do Not Email,On Hold\n"
    "on1@a.example,,,\n"
    "off1@a.example,Yes,,\n"
    "off2@a.example,,1,\n"
    "off3@a.example,,,Yes\n",
    "Dynamics": "Email,Do not allow Bulk Emails,Do not allow Emails\n"
    "on1@a.example,Allow,Allow\n"
    "off1@a.example,Do Not Allow,Allow\n",
    "Pardot": "Email,Opted Out,Do Not Email,Mailable\n"
    "on1@a.example,0,0,Yes\n"
    "off1@a.example,1,0,No\n",
    "Eventbrite": "Email,Attendee Status,Opt in to emails\n"
    "on1@a.example,Attending,Yes\n"
    "off1@a.example,Attending,No\n",
    "Steady": "email,newsletter_opted_in,cancelled_at\n"
    "on1@a.example,true,\n"
    "off1@a.example,false,\n",
    "Loops": "email,subscribed,userGroup\non1@a.example,true,\noff1@a.example,false,\n",
    "Resend": "email,first_name,unsubscribed\non1@a.example,A,false\noff1@a.example,B,true\n",
    "a Japanese club": "氏名,メール,退会日\nA,on1@a.example,\nB,off1@a.example,2024/04/03\n",
    "a Japanese remark": "氏名,メール,備考\nA,on1@a.example,会員\nB,off1@a.example,配信停止希望\n",
    "a Chinese remark": "姓名,邮件,备注\nA,on1@a.example,\nB,off1@a.example,不再接收邮件\n",
    "a Finnish sheet": "Sähköposti;Peruutettu\non1@a.example;\noff1@a.example;2024-01-01\n",
    "a Czech sheet": "E-mail;Odhlášen\non1@a.example;ne\noff1@a.example;ano\n",
    "a Greek sheet": "Email;Διαγράφηκε\non1@a.example;\noff1@a.example;ναι\n",
    "a Hebrew sheet": "אימייל,הוסר\non1@a.example,\noff1@a.example,כן\n",
    "a Norwegian sheet": "E-post;Avmeldt dato\non1@a.example;\noff1@a.example;2024-01-01\n",
    "a Hungarian sheet": "E-mail;Leiratkozott\non1@a.example;nem\noff1@a.example;igen\n",
    "an Italian consent": "Email;Consenso newsletter\non1@a.example;sì\noff1@a.example;no\n",
    "nothing said": "Email;Beruf;Stadt;Verein\n"
    "on1@a.example;Post-Bote;Halle;keine Angabe\n"
    "on2@a.example;Tester;Bad Abbach;FC Aktiv\n",
    "harmless names": "Email,Company,City,Title,Notes,Industry\n"
    "on1@a.example,Stop & Shop,Left Bank,Removal man,met in 2020,Post\n"
    "on2@a.example,Opt-Out-Band,Pending Hill,CEO,inactive volcano fan,Cancel Culture Ltd\n",
    "harmless numbers": "email,open_rate,clicks,bounce_count,unsubscribe_url,last_opened\n"
    "on1@a.example,0.2,0,0,https://x.example/unsubscribe/1,\n",
    "harmless times": "email,created_at,updated_at,confirmed_at,last_login\n"
    "on1@a.example,2024-01-01,2024-01-01,2024-01-01,\n",
    "harmless French": "Courriel;Civilité;Société;Abonnement\n"
    "on1@a.example;M.;Arrêt SARL;annuel\n"
    "on2@a.example;Mme;Plus d'air;mensuel\n",
    "harmless newsletters": "email,newsletters,labels\n"
    'on1@a.example,"News, Weekly",vip\n'
    "on2@a.example,Weekly,\n",
    "harmless German": "E-Mail;Abo-Typ;Sprache;Newsletter\n"
    "on1@a.example;Digital;de;Wöchentlich\n"
    "on2@a.example;Print;de;\n",
}
