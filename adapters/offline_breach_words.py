"""Word lists by meaning for what a breach is told with, in English, German, French, Spanish and Italian."""

EXTORTION = (
    "ransom. ransoms ransomware extort blackmail bitcoin losegeld erpress verschlusselungstrojaner kryptotrojaner "
    "rancon rancongiciel chantage rescate. extorsion chantaje riscatto ricatt estorsion"
)
SCRAMBLED = (
    "encrypted. scrambled .locked .crypt unreadable weird_name strange_name gibberish verschlusselt unlesbar "
    "chiffres. chiffre. chiffrees. crypte illisible cifrad encriptad ilegible cifrat crittografat criptat illeggibil"
)
STRANGE = (
    "suspicious suspect. odd. strange. weird. unknown funny dodgy sketchy fishy shady verdachtig komisch seltsam "
    "merkwurdig dubios unbekannt suspects. suspecte douteu bizarre etrange louche inconnu sospechos raro. rara. "
    "raros. raras. extran desconocid sospett stran dubbi sconosciut"
)
ENDING = "ending extension endung dateiendung estension"
FILES = (
    "file folder document server. servers. data. desktop datei ordner dokument daten. fichier dossier serveur archivo "
    "carpeta fichero servidor cartell dati."
)
DEMANDS = (
    "asks. asking demand wants. want. requires verlang forder will. soll. sollen. reclame exige demande. demandant "
    "veut. pide. piden. exige. reclama. quiere. chied pretend vuole. vogliono."
)
MONEY = (
    "money pay. payment voucher gift_card giftcard codes bank_detail iban card_number geld. zahl uberweis gutschein "
    "guthaben tan. bankdaten argent. payer. paiement virement carte_cadeau cartes_cadeau rib. coordonnees_bancaires "
    "dinero pago. pagar. transferencia tarjetas_regalo tarjeta_regalo datos_bancarios soldi denaro pagament pagare "
    "bonifico buoni. carta_regalo dati_bancari"
)
NOTE = (
    "note text_file message window. banner screen. meldung nachricht fenster textdatei hinweis message. fenetre note. "
    "mensaje nota. ventana aviso messaggio finestra avviso"
)
GET_BACK = (
    "get_back give_back return. unlock decrypt release zuruck entsperr entschlussel freigeb recuper rendre. debloquer "
    "dechiffrer restitu devolver desbloque descifrar sblocc decifr"
)
MALWARE = (
    "virus. viruses malware spyware trojan keylogger rootkit infected botnet viren. schadsoftware schadprogramm "
    "infiziert cheval_de_troie logiciel_malveillant infecte. infectee. troyano infectad gusano infett"
)
MOVES = (
    "moves moving types. opens open. controls popping bewegt. offnen offnet tippt bouge deplace ouvrent s_ouvre tape. "
    "mueve. abre. abren. escribe. muove. aprono apre. scrive."
)
BY_ITSELF = (
    "by_itself by_themselves on_its_own on_their_own von_allein von_alleine von_selbst wie_von_geisterhand tout_seul "
    "toute_seule toutes_seules tout_seuls solo. sola. solas. solos. da_solo da_sola sole. soli."
)
PROGRAM = "program programme software app. tool extension programm logiciel programa aplicacion programma"
NOT_INSTALLED = (
    "did_not_install didn_t_install never_installed installed_itself nicht_installiert pas_installe no_instale "
    "no_he_instalado non_ho_installato"
)
LET_IN = "let_him let_her let_them gave_him gave_her"
INTO = "connect remote into_my access control"
FOUND = "found. gefunden trouve. encontr trovat"
STICK = "usb cle_usb chiavetta"
CLICKED = "clicked opened angeklickt geklickt geoffnet clique. ouvert clic. abri abierto cliccato aperto pulse. pulsado"
LINK = "link attachment anhang lien piece_jointe enlace adjunto allegat"
AND_THEN = (
    "downloaded strange popup ran. installed slow suspicious asked heruntergeladen komisch seltsam fenster langsam "
    "telecharg bizarre etrange lent. descarg raro. lento. ventanas scaricat stran lent finestre"
)
TAKEN_OVER = (
    "hacked hijack hacker account_was_taken_over taken_over_my compromised attacker cyberattack cyber_attack gehackt "
    "gekapert hackerangriff cyberangriff kompromittiert pirate. piratee. pirates. piratage cyberattaque usurp "
    "compromis. hackead pirateo ciberataque comprometid hackerat violat attacco_informatico compromess"
)
NOT_MINE = (
    "not_me wasn_t_me was_not_me wasn_t_i never_wrote didn_t_write did_not_write didn_t_send did_not_send never_sent "
    "not_from_me not_mine didn_t_start did_not_start didn_t_request did_not_request i_never_asked haven_t_sent "
    "nicht_ich nicht_von_mir nicht_geschrieben nicht_gesendet nicht_verschickt nie_geschrieben nie_verschickt "
    "nie_geschickt nie_gesendet nicht_angefordert pas_moi pas_de_moi pas_ecrit pas_envoye jamais_ecrit jamais_envoye "
    "pas_demande a_mon_nom a_ma_place no_era_yo no_fui_yo no_soy_yo no_escribi no_envie no_mande no_he_escrito "
    "no_he_enviado nunca_escribi nunca_envie no_pedi en_mi_nombre non_ero_io non_sono_stato_io non_sono_stata_io "
    "non_ho_scritto non_ho_inviato non_ho_mandato mai_scritto mai_inviato mai_mandato non_ho_richiesto a_mio_nome"
)
ACCOUNT = (
    "account sign_in signin sign_ins signed_in log_in login logged mail message prompt approval request konto anmeld "
    "eingeloggt postfach nachricht objekte compte. connexion connecte courriel cuenta inicio_de_sesion correo mensaj "
    "acceso accesso accessi messagg conto."
)
SENDS = "sends. sending sent. verschick sendet envoie. manda. mandar invia. mandare"
SPAM = "spam. weird_mail strange_mail komische_mail courriels_bizarres correos_raros mail_strane"
SOMEBODY = (
    "somebody someone stranger unknown_person jemand fremde. fremder. unbekannte. quelqu_un inconnu intrus alguien "
    "desconocido me_han qualcuno sconosciut"
)
USES_IT = (
    "signed_in logged_in logged_on got_into is_using uses_my has_access accessed broke angemeldet eingeloggt "
    "ist_in_mein zugriff_auf_mein benutzt_mein in_meinem_konto verschafft connecte. utilise. accede. entre. "
    "ha_entrado entrado_en entro. accedio usa_mi usando entrato ha_effettuato sta_usando usa_il ha_usato"
)
SIGN_IN = (
    "sign_in signed_in signin sign_ins login log_in logged_in anmeldung anmeldeversuch angemeldet connexion "
    "inicio_de_sesion acceso accesso accessi"
)
ABROAD = (
    "abroad foreign another_country unknown_place unknown_device unknown_location strange_place ausland fremden "
    "unbekannten anderen_land etranger inconnu autre_pays extranjero desconocid otro_pais estero straniero sconosciut "
    "altro_paese"
)
NOTICE = (
    "notice notif alert warning unknown somebody someone suspicious odd. at_night hinweis benachricht warnung meldung "
    "unbekannt alerte avis. notification avertissement inconnu aviso notificacion alerta desconocid avviso notifica "
    "allerta sconosciut"
)
PROMPT = "authenticator approval approve mfa. code. codes bestatigung validation aprobacion conferm"
AGAIN = (
    "night all_the_time over_and_over again_and_again nachts dauernd standig la_nuit sans_arret la_noche "
    "continuamente di_notte"
)
GAVE = (
    "typed entered gave. told. read_out shared filled_in filled_out handed_over disclosed put_in submitted eingegeben "
    "eingetragen eingetippt mitgeteilt verraten genannt durchgegeben preisgegeben herausgegeben donne. saisi. "
    "communique. dicte. rempli. fourni. tape. renseigne. puse. introduje. di. facilite. escribi. meti. metido dado. "
    "introducido inserito comunicato fornito dato. dettato digitato"
)
SECRET = (
    "password passcode passphrase pin. credential user_name login_data login. code. my_details my_data passwort "
    "kennwort zugangsdaten anmeldedaten meine_daten tan. mot_de_passe identifiants mes_codes mes_donnees "
    "mes_coordonnees contrasena clave. credencial codigo mis_datos credenzial codice utente i_miei_dati"
)
PRETENDS = (
    "pretend claims. claimed claiming fake. bogus impersonat impostor imposter spoof pose. poses posing "
    "looked_like_it supposedly so_called fraud angeblich gefalscht gibt_sich_als vermeintlich sogenannt vorgeblich "
    "betrug vorgetauscht soi_disant pretendu faux. fausse. se_faisant_passer se_fait_passer supuest falso. falsa. "
    "se_hace_pasar haciendose_pasar dice_ser finto. finta. sedicente si_spaccia spacciandosi presunt"
)
FRAUD = (
    "phish. phished phishing. smishing vishing scam gift_card giftcard changed_bank impossible_travel skull "
    "without_my_permission without_my_consent failed_attempts followed_me tailgat betrugsversuch gutscheinkarte "
    "guthabenkarte geanderte_bankverbindung totenkopf ohne_meine_erlaubnis ohne_mein_wissen hameconnage arnaque "
    "carte_cadeau cartes_cadeau sans_mon_accord sans_ma_permission tete_de_mort estafa. timo. tarjeta_regalo "
    "tarjetas_regalo sin_mi_permiso sin_mi_consentimiento calavera truff carta_regalo carte_regalo buoni_regalo "
    "senza_il_mio_permesso senza_il_mio_consenso teschio"
)
LETTER = (
    "mail mails email e_mail link attachment sms. text. sender. call. caller invoice website qr_code anhang absender "
    "anruf nachricht webseite seite. courriel lien. piece_jointe appel. expediteur message. page. correo enlace "
    "adjunto llamada remitente mensaje. pagina. allegat chiamata mittente messaggio sito."
)
CALLED = (
    "called. rang. phoned remote_access remotely teamviewer anydesk angerufen rief. fernwartung fernzugriff appele. "
    "appelee. au_telephone prise_en_main acces_a_distance llamo. llamaron llamado por_telefono acceso_remoto "
    "chiamato. chiamata. al_telefono accesso_remoto"
)
SENT = (
    "sent. emailed mailed went_to gone_to forwarded uploaded posted hit_send geschickt gesendet gesandt verschickt "
    "weitergeleitet gemailt hochgeladen gegangen envoye transmis. transfere adresse_par expedie. diffuse. envie. "
    "mande. enviado mandado reenvie enviamos mandamos publique. inviato inviata mandato inoltrato spedito pubblicato"
)
WRONG = (
    "wrong. another_customer another_company other_customer instead_of everyone_in_cc falsche. falschen. falscher. "
    "falschem. fremde. mauvais. mauvaise. erreur_de autre_client errone equivocad incorrect no_era. no_es. "
    "otra_empresa otro_cliente sbagliat errat altra_azienda altro_cliente"
)
RECIPIENT = (
    "person. people. address. recipient customer client. supplier company partner list. email. mail. group. contact "
    "adresse. empfanger kunde kunden. kundin lieferant firma. verteiler personne. destinataire fournisseur "
    "entreprise. liste. persona. direccion destinatario cliente. proveedor empresa. lista. correo. indirizzo "
    "fornitore azienda."
)
BY_MISTAKE = (
    "by_mistake accidentally by_accident mistakenly inadvertently autocomplete oops unintentionally versehentlich "
    "aus_versehen irrtumlich falschlich par_erreur par_megarde sans_le_vouloir par_inadvertance por_error sin_querer "
    "por_equivocacion por_descuido accidentalmente per_errore per_sbaglio erroneamente inavvertitamente"
)
PERSONAL_DATA = (
    "salar payroll payslip personal_data personal_detail confidential customer_data customer_list patient names. "
    "passport contract iban medical id_card employee_list birth gehalt lohn personenbezogen vertraulich kundendaten "
    "kundenliste ausweis vertrag personaldaten adressliste bewerb salaire paie. confidentiel donnees_personnelles "
    "clients_avec contrat rib. passeport nomina confidencial datos_personales dni. pasaporte pacientes "
    "datos_de_client stipend buste_paga riservat dati_personali contratt passaport pazienti dati_dei_client "
    "elenco_dei_client elenco_client"
)
GOT = "got. received bekommen bekam erhalten erhielt recu. recibio recibido ricevuto"
OF_ANOTHER = (
    "another_customer another_client somebody_else someone_else another_person anderen_kunden fremde. autre_client "
    "autre_personne otro_cliente otra_persona altro_cliente altra_persona"
)
PUBLISHED = "committed published posted shared exposed veroffentlicht geteilt publie publicad pubblicat"
KEY = "secret api_key token. password_list passwortliste password passwort mot_de_passe contrasena"
FOR_SALE = "for_sale leaked dark_web darknet zum_verkauf geleakt en_vente fuite. a_la_venta filtrad in_vendita trapelat"
LEAK = (
    "data_breach data_leak leaked leak_of personal_data_is exposed_on publicly_visible visible_on_the_internet "
    "instead_of_bcc rather_than_bcc datenleck datenpanne datenschutzvorfall geleakt fuite_de_donnees "
    "violation_de_donnees donnees_exposees filtracion_de_datos fuga_de_datos brecha_de_seguridad fuga_di_dati "
    "violazione_dei_dati violazione_di_dati"
)
STOLEN = (
    "stolen. nicked. robbed. burgl gestohlen geklaut entwendet diebstahl vole. volee. derobe cambriol robado robaron "
    "robada robo. hurto rubato rubata rubati furto"
)
COMPUTER = (
    "laptop notebook computer badge usb_stick hard_drive work_bag rechner ausweis festplatte ordinateur pc. "
    "portable_pro cle_usb disque portatil ordenador tarjeta_de_acceso usb disco portatile chiavetta"
)
