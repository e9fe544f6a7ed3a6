"""Word lists by meaning for how many are hit and how badly, in English, German, French, Spanish and Italian."""

ALL_OR_NONE = (
    "all. every. each. entire whole complete. none_of not_a_single not_one alle. allen. aller. jede. jeder. jedes. "
    "samtlich ganz gesamt komplett vollstandig kein mehrere tous. toute. toutes. tout_le aucun ensemble_d chaque "
    "entier plusieurs todos. todas. toda. todo. ningun cada. entera. entero. complet varias. varios. tutti. tutte. "
    "tutta. tutto. nessun ogni. intera. intero. diversi. diverse."
)
A_TEAM = (
    "department office. team. teams. floor. wing. of_us workstation station abteilung buro. buros. etage stockwerk "
    "bereich arbeitsplatz services departement bureau equipe. equipes. atelier departamento oficina. equipo. equipos. "
    "turno. repart ufficio. uffici. piano."
)
A_COMPANY = (
    "staff user employee colleague customer client. clients. people person. worker agents driver nurse doctor shop "
    "store. stores. branch site. sites. building plant. plants. factory factories warehouse offices. company firm. "
    "hospital ward. server. servers. till. tills. checkout terminal region countr system. systems. campus school "
    "mitarbeit kolleg benutzer nutzer anwender kund leute. personen filial standort gebaude werk. werks betrieb "
    "lager. firma. unternehmen haus. belegschaft kasse servern. leitstelle station niederlassung produktion "
    "verwaltung systeme. schule monde. utilisateur collegue employe salarie clients personne magasin agence batiment "
    "usine entrepot bureaux entreprise. societe serveur caisse hopital soignant succursale poste. systeme ecole "
    "mundo. usuario emplead companer clientes gente. persona tienda sucursal sede. sedes. edificio planta. fabrica. "
    "almacen oficinas empresa. servidor caja. cajas. agentes centro. delegacion sistema escuela utent collegh "
    "collega. dipendent clienti. persone. persona. negoz sedi. palazz stabiliment fabbrica magazzin azienda. aziende. "
    "cass punto_vendita punti_vendita operai operatori sportell sistem scuola"
)
NO = "no. kein aucun ningun nessun"
PEOPLE = (
    "staff users employees colleagues customers clients people persons workers agents drivers nurses doctors pupils "
    "students terminals tills shops stores mitarbeit kolleg benutzer nutzer anwender kunden leute personen schuler "
    "utilisateurs collegues employes salaries personnes eleves magasins usuarios empleados companer clientes personas "
    "agentes alumnos tiendas utenti collegh dipendenti clienti persone operai operatori studenti negozi"
)
NOBODY = "nobody no_one niemand keiner. plus_personne personne_ne personne_n nadie nessuno ninguno"
CAN = (
    "can. could. able reach get. gets. access. log work. works. connect has. kann. konnen konnte kommt. komm erreich "
    "zugriff arbeit peut. peuvent parvien arriv acced travaill puede consigu logra accede. entra. trabaja tiene. puo. "
    "riesce riescono possono lavora"
)
EVERYWHERE = (
    "everyone everybody the_lot_of_us outage. outages. company_wide site_wide worldwide everywhere ausfall. "
    "totalausfall grossstorung flachendeckend weltweit bundesweit uberall. standortweit unternehmensweit "
    "tout_le_monde partout panne_generale todo_el_mundo caida_general todas_partes dappertutto ovunque "
    "guasto_generale"
)
STANDS_STILL = (
    "cannot_work can_t_work has_stopped have_stopped unable_to_work not_able_to_work stopped. standstill at_a_halt "
    "halted. on_hold idle. nothing_works nothing_loads is_dead are_dead all_dead is_down are_down been_down gone_down "
    "completely_down at_all nicht_arbeiten nicht_mehr_arbeiten arbeiten_kann steht_still stehen_still stillstand "
    "stehen. steht. ruht. ruhen. lahmgelegt liegt_lahm geht_nichts geht_gar_nichts gar_nichts_mehr nichts_geht "
    "abgeschnitten tot. zusammengebrochen a_l_arret arrete. arretee. bloque. bloquee. bloquees. bloques. paralyse "
    "impossible_de_travailler plus_travailler plus_rien ne_fonctionne ne_marche inaccessible plus_aucun parad. "
    "parada. paradas. parados. parado. detenid paralizad no_puedo_trabajar no_podemos_trabajar caido. caida. caidos. "
    "no_funciona nada_funciona sin_red ferma. fermo. fermi. ferme. bloccata. bloccate. bloccat_tutt paralizzat "
    "non_posso_lavorare non_possiamo_lavorare puo_lavorare non_funziona_nulla non_funziona_niente senza_rete isolat"
)
OUT_OF_ORDER = (
    "is_down are_down went_down down_since offline unavailable unreachable not_reachable not_available does_not_load "
    "failing gone. dead. failed 500. 502. 503. no_connection does_not_start won_t_start expired cannot_be_reached "
    "crashed frozen read_only nicht_erreichbar nicht_verfugbar ausgefallen ausfall lassen_sich_nicht lasst_sich_nicht "
    "funktioniert_nicht geht_nicht gestort abgelaufen unerreichbar abgesturzt startet_nicht starten_nicht ist_weg "
    "sind_weg tot. injoignable indisponible en_panne hors_service ne_repond ne_demarre expire inaccessible coupe. "
    "coupee inaccesible no_disponible no_responde no_carga no_arranca caducado caid fuera_de_servicio inalcanzable "
    "irraggiungibile non_disponibil non_funziona non_risponde non_parte non_va fuori_servizio scadut giu."
)
CANNOT = (
    "cannot can_t can. could unable able none takes_no nobody no_one nicht kein niemand impossible aucun ne. n. "
    "plus_rien no. nadie ningun non. nessun"
)
LIVELIHOOD = (
    "serve. sell. ship. invoice. trade. produce. take_orders take_payment take_cards treat. deliver verkaufen "
    "bedienen liefern produzieren kassieren abrechnen behandeln ausliefern encaisser vendre livrer produire servir "
    "soigner facturer cobrar vender producir entregar facturar atender incassare vendere servire produrre consegnare "
    "fatturare"
)
CRITICAL = (
    "production_server production_api production_system production_line web_shop webshop online_shop online_store "
    "checkout order_system customer_portal public_site core_switch file_server storage_array storage_pool "
    "licence_server customer_app data_centre data_center main_server booking_system patient_record produktionsserver "
    "produktivsystem produktivserver onlineshop bestellsystem kundenportal bezahlsystem kassensystem warenwirtschaft "
    "dateiserver rechenzentrum hauptserver buchungssystem produktionsanlage serveur_de_production "
    "systeme_de_production boutique_en_ligne site_marchand site_de_commande portail_client site_public site_de_vente "
    "serveur_de_fichiers dossier_patient centre_de_donnees servidor_de_produccion sistema_de_produccion "
    "tienda_en_linea tienda_online web_de_pedidos servidor_central portal_de_client pasarela_de_pago "
    "servidor_de_archivos centro_de_datos web_de_ventas server_di_produzione sistema_di_produzione negozio_online "
    "sito_di_vendit server_central gestionale_central portale_client server_dei_file centro_dati sito_pubblico"
)
TRIAL = "test. testing staging dev. sandbox pilot testumgebung pruebas prova. collaudo recette"
HARM = (
    "emergency. emergencies. losing_money losing_sales losing_orders losing_customers lose_orders lose_money "
    "lose_sales lose_customers lost_sales costs_us costing_us every_minute each_minute every_hour each_hour "
    "customers_wait customers_are_wait dangerous life. lives. patients production_is_down production_down ransom "
    "notfall notruf jede_minute jede_stunde verlieren umsatz gefahrlich menschenleben patienten losegeld "
    "konventionalstrafe urgence_absolue urgence_vitale perdons perd_des chaque_minute chaque_heure clients_attend "
    "dangereux vies. patients. rancon emergencia perdiendo perdemos se_pierden cada_minuto cada_hora peligros vidas. "
    "pacientes rescate emergenza perdendo perdiamo ogni_minuto ogni_ora clienti_aspett pericolos pazienti riscatto"
)
IN_A_HURRY = (
    "asap. immediately. urgently. right_now dringend eilt. sofort. schnellstmoglich umgehend urgent. urgente. "
    "tout_de_suite immediatement au_plus_vite inmediatamente cuanto_antes urgencia urgenza. urgentemente subito. "
    "immediatamente al_piu_presto"
)
NO_MORE = "no. lose losing lost. miss missing kein verlier entgeh aucun perd ni_un ningun no_entra pierd nessun"
TRADE = (
    "order orders calls. every_call sales revenue customers money bestellung anruf umsatz auftrage kunden geld. "
    "commande appel vente clients argent pedido llamada venta clientes dinero ordin chiamat vendit clienti soldi"
)
THE_LINE = (
    "production_line assembly_line the_lines production. shipping dispatch produktion montagelinie fliessband band. "
    "bander. versand auslieferung betrieb. chaine les_chaines expedition facturation produccion linea cadena_de "
    "expedicion facturacion produzione linee. linea. spedizion fatturazione"
)
FAILS = (
    "not. cannot can_t won_t doesn_t don_t isn_t aren_t t. no. none nobody no_one nothing without dead. silent gone. "
    "cut_off disconnected failure frozen missing nicht. nichts. kein keine keiner ohne. weg. tot. ruht. aus. stumm "
    "getrennt gekappt ne. n. plus. pas. aucun rien. sans. coupe muet bloque panne mort. nada. ningun nadie sin. cayo "
    "caid muert detenid bloquead desconect non. nulla. niente nessun senza. scollegat mort giu. bloccat ferm"
)
SOLVED = (
    "works_again works_now working_again is_working_now solved. resolved. is_fixed been_fixed fixed_now sorted_itself "
    "did_the_trick all_good back_to_normal you_can_close please_close may_close may_be_closed no_longer_needed "
    "sorted_now that_helped erledigt funktioniert_wieder lauft_wieder geht_wieder behoben. hat_geklappt gelost. "
    "kann_geschlossen hat_geholfen resolu. regle. remarche refonctionne fonctionne_de_nouveau rentre_dans_l_ordre "
    "cloturer. fermer_le_ticket resuelto. solucionado. arreglado. ya_funciona ya_va. cerrar_el_ticket risolto. "
    "sistemato. ora_funziona funziona_di_nuovo tutto_a_posto chiudere_la_richiesta chiudere_il_ticket"
)
ALAS = (
    "but. however except aber. jedoch. leider mais. cependant sauf pero. sin_embargo salvo ma. pero. tranne please_help"
)
