package managed

// WordPress: actions of plugins that were attacked, and files that are no pages.
var wordPressSearches = []search{
	{finds: FamilyWordPressCommand, words: list(`
		do-reset-wordpress wp-reset action=revslider_show_image action=revslider_ajax_action client_action=update_plugin client_action=get_captions_css duplicator_download duplicator_package action=wpstaging action=ave_publishpost action=nopriv_ action=kcp_ action=getcountryuser
		action=wpfm_ action=wp_ajax_ action=cpabc_ action=wpuf_file_upload action=uploadfont action=formcraft action=upload_shortcode action=wysija action=thim_core action=td_ajax_update_panel action=gdlr_ action=upload-plugin action=duplicator action=mec_load_single_page action=parse-media-shortcode
		action=wpgmza action=ninja_forms action=swp_debug swp_debug=load_options swp_url= wpdiscuz wmufsuploadfiles action=fsmsubmit action=wcfm action=wc_ action=wpdmpp action=um_upload yp_remote_get option=users_can_register default_role=administrator new_admin_email= users_can_register=1 
		cmd=install_plugin~ simple_fields_ tdw_ wp_abspath abspath= php_path=wp-config duplicator-installer file_to_download=wp-config mla_download_file=/ wpv-image= ebook_download= ebookdownloadurl= wp-config.php download_backup_file backupguard cat_filename=.. ajax_path=.. page=smush action=pp_lb_composer `)},
	{finds: FamilyWordPressPath, words: list(`
		xmlrpc.php wp-config.php wp-config.bak wp-config.txt wp-config.old wp-config.inc wp-config-sample wp-config~ .wp-config /wp-config. wp-trackback.php wp-includes/user.php wp-includes/rss-functions wp-includes/wlwmanifest.xml wp-admin/install.php wp-admin/setup-config.php wp-admin/upgrade.php wp-admin/includes/ wp-admin/maint/repair wp-admin/css/colors/blue/blue.php
		wp-content/debug.log wp-content/error wp-content/uploads/dump wp-content/uploads/wp-file-manager wp-content/uploads/backup wp-content/uploads/wpdm wp-content/plugins/revslider wp-content/plugins/wp-file-manager wp-content/plugins/timthumb timthumb.php thumb.php?src= wp-content/plugins/duplicator wp-content/backup wp-content/backups-dup wp-content/mysql.sql wp-content/ai1wm-backups wp-content/updraft
		wp-content/plugins/gravityforms/change_log wp-content/plugins/akismet/index.php wp-content/plugins/hellopress wp-content/themes/seotheme wp-content/themes/pridmag wp-content/plugins/apikey wp-content/plugins/core-plugin wp-content/mu-plugins/ wp-json/wp/v2/users wp-snapshots/ /installer.php /installer-backup.php wp-includes/id3/ wp-includes/certificates/ wp-includes/images/include.php wp-includes/widgets/include.php wp-22.php wp-l0gin.php wlwmanifest.xml`)},
}
