"""Words that give a ticket's category away, in English, French, German and Spanish, accents removed."""

import re
from collections.abc import Mapping

from adapters.offline_lexicon import meaning
from adapters.offline_words import fold
from shared.tickets import Category

CATEGORY_WORDS: Mapping[Category, re.Pattern[str]] = {
    "access_identity": meaning(
        "password pwd. passwd passphrase passcode_expired credentials locked_out account_is_locked "
        "account_locked unlock account_disabled account_has_been_disabled log_in log_on login logon "
        "log_me_in sign_in signing_in signin sso. single_sign mfa. 2fa. two_factor multi_factor "
        "authenticator verification_code one_time_code otp. active_directory entra permission access_to "
        "give_access grant_access read_access write_access access_rights rights add_me_to add_him_to "
        "add_her_to security_group the_group. guest_account service_account role. role_assignment "
        "entitlement username user_name surname trust_relationship domain_join identity privileged "
        "offboard_access membership mot_de_passe identifiant compte_verrouille compte_bloque "
        "compte_est_bloque deverrouill double_authentification authentification verification acces_a "
        "acces_au acces_aux droit_d_acces droits_d_acces habilitation au_groupe passwort kennwort anmeld "
        "benutzerkonto konto_gesperrt konto_ist_gesperrt entsperr zugriff_auf zugang_zu berechtig "
        "schreibrecht leserecht rechte_auf zugriffsrecht in_die_gruppe auf_die_gruppe bestatigungscode "
        "contrasena usuario_bloqueado cuenta_bloqueada desbloque iniciar_sesion inicio_de_sesion permiso "
        "acceso_a al_grupo wachtwoord inloggen accesso_a"
    ),
    "network": meaning(
        "wifi wi_fi wlan wireless vpn network internet dns. dns_ dhcp ip_address fixed_ip static_ip proxy "
        "firewall ethernet lan. lan_port wall_socket patch_cable network_cable router switch_port "
        "access_point ping. latency packet bandwidth connection_drops connection_lost lost_connection "
        "no_connection captive subnet vlan remote_access nxdomain intranet port_opened open_port hotspot_in "
        "guest_network mac_address timeout jitter throughput wan. line_is_down reseau connexion_internet "
        "debit pare_feu coupure adresse_ip borne_wifi netzwerk netz. netzwerkdose verbindung internetzugang "
        "leitung ip_adresse red. la_red conexion sin_internet cortafuegos cable_de_red netwerk la_rete"
    ),
    "email_collab": meaning(
        "email e_mail mails. mail. outlook mailbox inbox outbox calendar meeting_invit invitation invite "
        "teams. channel video_call conference_call webinar_with distribution_list mailing_list "
        "shared_mailbox bounce undelivered_mail signature send_as send_on_behalf delegate room_booking "
        "declines_my_booking booking forwarding spam_folder junk webmail exchange sharepoint zoom slack "
        "out_of_office_message attachments_in rule_in sender_banner external_sender messagerie courriel "
        "mails boite_partagee boite_aux_lettres boite_du_service calendrier agenda reunion_teams "
        "liste_de_diffusion en_copie postfach funktionspostfach kalender besprechung termin verteiler "
        "weiterleitung correo buzon calendario reunion_de lista_de_distribucion videollamada"
    ),
    "hardware": meaning(
        "laptop notebook desktop workstation monitor screen display touchscreen keyboard mouse docking "
        "dock. docks. battery charger charging power_supply power_cable power_button webcam headset "
        "headphones microphone fan. fans. overheat hot. usb ram. memory_upgrade memory_in ssd. hard_drive "
        "hard_disk bios boot boots blue_screen bluescreen freezes freeze won_t_turn_on doesn_t_turn_on "
        "won_t_start beeps spilled coffee dropped cracked hinge touchpad trackpad switches_itself_off rack. "
        "ups. motherboard cpu_fan graphics_card hdmi displayport bitlocker black_screen flicker noise "
        "smells ordinateur portable ecran clavier souris station_d_accueil batterie chargeur casque "
        "ventilateur ne_s_allume ne_demarre rechner bildschirm tastatur maus. dockingstation akku netzteil "
        "ladegerat lufter startet_nicht kopfhorer schwarz ordenador portatil pantalla teclado raton bateria "
        "cargador ventilador no_enciende auriculares scherm toetsenbord"
    ),
    "printing": meaning(
        "print printer printing prints printout plotter copier photocop toner cartridge ink. paper_jam "
        "paper_tray tray. duplex fuser scan_to scan. scans. scanning scanner_in label_printer labels stapl "
        "print_queue badge_printer multifunction imprim impression copieur numeris cartouche bourrage "
        "etiquettes bac_papier file_d_attente druck ausdruck kopierer papierstau fach. etiketten scannen "
        "gescannt impres imprimir escanear escaner fotocop atasco etiquetas afdrukken stampante"
    ),
    "mobile": meaning(
        "phone smartphone iphone android ipad tablet mobile_ cell_phone handheld sim. sim_card esim roaming "
        "intune mdm. company_portal hotspot tariff carrier voicemail sms_never whatsapp ios. data_plan "
        "mobile_data app_store number_ telephone portable_pro tablette carte_sim itinerance forfait "
        "messagerie_vocale handy handys firmenhandy diensthandy sim_karte rufnummer mobilfunk telefono "
        "movil moviles tableta tarjeta_sim itinerancia telefoon telefonino"
    ),
    "software": meaning(
        "software application program. programme tool. app. apps. install reinstall excel word. powerpoint "
        "spreadsheet office_ adobe acrobat pdf. plugin plug_in add_in addin crash crashes closes_itself "
        "hangs not_responding browser chrome firefox edge. erp. sap. crm. macro cad. java. version_of "
        "latest_version upgrade_of update_of since_the_update feature module interface_between export_to "
        "report_runs admin_rights local_admin editor. point_of_sale time_tracking client. pop_up blank_page "
        "cache. database_client works_slowly spell_check template runtime logiciel application. navigateur "
        "page_blanche mise_a_jour installation_de tableur plante programm anwendung software. absturz "
        "sturzt installieren vorlage makro programa aplicacion navegador instalacion instalar se_cierra "
        "hoja_de_calculo actualizacion"
    ),
    "data_storage": meaning(
        "file. files. folder onedrive backup back_up restore recover deleted_by deleted_the deleted_a "
        "overwrote overwritten quota storage. storage_space free_space disk_space more_space gb_more drive_ "
        "shared_drive network_drive map_the_drive mapped_drive share. the_share is_full database "
        "data_warehouse sync syncing version_history previous_version archive retention external_disk "
        "usb_disk large_file transfer_a nas. dossier_partage fichier dossier sauvegard restaur recuper "
        "lecteur espace_partage espace_disque supprime_par synchronis datei dateien ordner laufwerk "
        "freigabe sicherung wiederherst geloscht speicherplatz datenbank archiv archivo carpeta "
        "unidad_de_red unidad_compartida copia_de_seguridad recuperar borrado espacio base_de_datos "
        "cartella bestanden"
    ),
    "cloud_infra": meaning(
        "server. servers. vm. vms. vcpu virtual_machine azure aws. gcp. cloud kubernetes aks. pod. pods. "
        "cluster. node. nodes. namespace deploy pipeline ci_cd build_agent certificate tls. ssl. docker "
        "container resource_group load_balancer terraform 502 503 500. gateway api. endpoint "
        "function_stopped queue_messages autoscal scale_ region failover staging production_ "
        "monitoring_agent on_prem patching snapshot key_vault log_analytics contributor storage_account "
        "batch_server web_shop webshop portal_is_down cpu. restart_hides ssh. tenant managed_identity "
        "serveur machine_virtuelle certificat groupe_de_ressources abonnement_azure hebergement deploiement "
        "base_de_donnees server virtuelle_maschine virtuellen_maschine zertifikat bereitstell lasttest api_ "
        "servidor maquina_virtual certificado despliegue portal_de_clientes error_500 nube"
    ),
    "security": meaning(
        "phish malware virus ransom suspicious suspect hack compromis stolen theft breach leak fraud scam "
        "trojan antivirus quarantine infected bitcoin .locked encrypted_ unauthori fake fake_ clicked_on "
        "clicked_a clicked_the entered_my_password i_never_wrote didn_t_send did_not_start i_did_not "
        "gift_card ceo. impersonat spoof tailgat without_badge usb_stick security_key security_review "
        "security_incident vulnerab cve. siem alert:_imposs impossible_travel wrong_recipient "
        "wrong_external wrong_address secret_was personal_data confidential password_manager attack_ "
        "strange_sign threat exposed hameconnage frauduleux rancon chiffre pirat mauvais_destinataire "
        "donnees_personnelles usurp lien_ schadsoftware verdachtig gefalscht losegeld kompromitt gehackt "
        "datenschutz falschen_empfanger phishing angriff sospechos fraude pirate rescate cifrad hackead "
        "enlace datos_personales"
    ),
    "procurement_hr": meaning(
        "new_starter new_hire new_employee new_colleague new_joiner joiner joiners leaver leavers onboard "
        "offboard starts_on starting_on starts_tomorrow starts_monday trainee intern. interns. apprentice "
        "contractor consultant last_day last_working_day leaves_the has_left leaving employment hr. from_hr "
        "parental_leave_of moves_from transfer_of_equipment order_a order_an to_order ordered purchase "
        "procure buy_ quote_for offers_for catalogue replacement_cycle due_for_a_new delivery_of my_order "
        "second_monitor ergonomic return_of_equipment equipment headset_with supplier workplace "
        "reorganisation nouvel_employe nouveau_collaborateur nouvelle_collab arrivee_d depart_d commander "
        "commande_de commande_du ma_commande materiel stagiaire teletravail salarie embauche "
        "neuer_mitarbeiter neue_mitarbeiter neuen_mitarbeiter neue_kolleg bestell austritt eintritt "
        "praktikant gerate_zuruck auszubildende beschaff nuevo_empleado nueva_empleada companera_nueva "
        "companero_nuevo empieza pedir_un pedido comprar baja_de equipo_nuevo"
    ),
    "billing": meaning(
        "invoice bill. bills. billed billing charge. charged charges cost. costs. cost_cent budget refund "
        "credit_note credits_are payment paid. pay. pays. price pricing fee. fees. subscription "
        "licence_cost licence_has_expired license_has_expired licence_expired license_expired has_expired "
        "unlicensed activation_failed renewal seats trial credit_card statement allocation "
        "purchase_order_number accounting fiscal per_user licens licence cancel_my vat. tariff_cost facture "
        "facturation cout frais remboursement abonnement centre_de_cout expire paiement rechnung kosten "
        "kostenstelle lizenz abgelaufen gutschrift abrechnung gebuhr bezahl factura. facturas. cobrad cobro "
        "coste suscripcion licencia caducad centro_de_coste reembolso pago fattura"
    ),
    "general": meaning(
        "service_desk help_desk helpdesk opening_hours speak_to talk_to_a human. a_person priority_3 "
        "my_ticket ticket. tickets. maintenance known_problem self_service feedback training courses "
        "introductory status_page which_team right_team meeting_room projector beamer "
        "video_conferencing_panel wall_display lobby auditorium badge_reader parking coffee_machine move_of "
        "office_move move_30 desks all_hands merge_them same_as_last_time nothing_works lots_of_things "
        "weird complaint a_qui_dois horaires assistance quelqu_un maintenance_prevue videoprojecteur "
        "salle_de_reunion badge wie_erreiche menschen besprechungsraum umzug storung offnungszeiten wartung "
        "ansprechpartner horario soporte sala_de_reuniones mantenimiento hablar_con proyector"
    ),
    "not_a_ticket": meaning(
        "out_of_office out_of_the_office automatic_reply auto_reply automatically do_not_reply unsubscribe "
        "newsletter webinar. special_offer limited_offer limited_seats discount congratulations prize win. "
        "undeliverable delivery_failed could_not_be_delivered couldn_t_be_delivered returning_message "
        "message_was_read read: accepted: declined: reminder] thanks thank_you cheers solved_it works_now "
        "all_good you_can_close happy_new happy_birthday birthday canteen lunch cake parcel dispatched "
        "will_be_delivered track_your survey. rate_our leading_provider we_offer schedule_a_15 seo. ranking "
        "have_received_your_enquiry back_to_you_within i_will_be_back will_be_back found:_a crypto "
        "no_action great_weekend reponse_automatique absent_du_bureau se_desabonner merci_beaucoup "
        "tout_fonctionne colis votre_livraison nos_offres remise bien_recu bonne_journee abwesenheit "
        "nicht_im_buro vielen_dank hat_alles_geklappt ihre_sendung zugestellt abmelden_vom gutschein "
        "fuera_de_la_oficina respuesta_automatica muchas_gracias resuelto oferta boletin afwezig "
        "grazie_mille"
    ),
}  # fmt: skip


def keyword_hits(text: str) -> dict[Category, list[str]]:
    """The giving-away words found for each category that has any, each word once."""
    plain = fold(text)
    found: dict[Category, list[str]] = {
        category: list(dict.fromkeys(pattern.findall(plain))) for category, pattern in CATEGORY_WORDS.items()
    }
    return {category: hits for category, hits in found.items() if hits}
