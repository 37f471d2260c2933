package managed

// Paths, and values that are paths.
var pathSearches = []search{
	// Files that lie beside an application and are no part of it.
	{finds: FamilyExtension, right: edgeEnd, confirm: endsSegment, words: list(`
		.log .ini .bak .bkp .backup .old .orig .save .swp .swo .conf .config .cfg .cnf .env .inc .sql .sqlite .sqlite3 .mdb .accdb .dump .dmp .rdb .mdf .ldf .dbf
		.pem .key .pfx .p12 .jks .keystore .kdbx .ppk .asc.key .ovpn .htaccess .htpasswd .passwd .pwd .bash_history
		.bat .cmd .ps1 .psm1 .vbs .wsf .dll .sys .lnk .reg .msi .scr .pif .cpl
		.asa .asax .ascx .axd .cs .csproj .vb .vbproj .resx .resources .licx .pdb .idq .idc .htr .ida .htw .printer
		.tfstate .tfvars .kubeconfig .dockercfg .npmrc .pypirc`)},
	{finds: FamilyExtension, confirm: endsSegment, words: list(`.sql.gz .sql.zip .sql.tar .sql.bz2 .sql.xz .sql.7z .bak.zip .bak.gz .php~ .php.bak .php.old .php.swp .php.save .php.orig .jsp~ .asp~ .aspx~ .py~ .rb~`)},
	// Tools of administrators.
	{finds: FamilyAdmin, words: list(`
		sqlmanager sql-manager sqlweb sqlbuddy mysqlmanager mysql-manager mysqladmin mysql-admin phpmyadmin php-my-admin php-myadmin phpmyadm1n myadmin pmahomme /pma/ /pma2 /pmaadmin
		phppgadmin pgadmin phpredisadmin phpmemcachedadmin phpldapadmin rockmongo mongo-express adminer dbadmin db-admin dbweb websql webdb /sqlite-manager sqlitemanager
		webadmin web-admin siteadmin sysadmin serveradmin server-manager admin-console adminconsole web-console jmx-console admin-cgi /manager/html /manager/text /manager/status host-manager
		webmin /plesk/ /cpanel /whm/ directadmin ispconfig vestacp ajenti cockpit/login /hudson/script /jenkins/script /script?script /druid/index.html /nacos/v1 /xxl-job-admin
		/rabbitmq-admin /_utils/ /_config/ /solr/admin /kibana/app /portainer /rundeck /webtools/control /console/login/loginform.jsp /bitrix/admin /administrator/manifests /filemanager/ /elfinder/
	`)},
	{finds: FamilyAdmin, left: edgeWord, right: edgeEnd, words: list(`pma sqladmin mysql-web admin.php admin.asp admin.aspx admin.cgi admin_login adm_login`)},
	// What only who attacks asks for.
	{finds: FamilyExploitable, words: list(`
		web-inf meta-inf %00web-inf /.git/ /.gitignore /.gitmodules /.git-credentials /.svn/ /.hg/ /.bzr/ /cvs/root /cvs/entries
		/.env /.aws/ /.ssh/ /.gnupg/ /.kube/ /.docker/ /.dockerenv /.config/ /.vscode/ /.idea/ /.vs/ /.ds_store /.htaccess /.htpasswd /.npmrc /.yarnrc /.pypirc /.netrc /.pgpass
		/.bash_history /.bashrc /.profile /.zsh_history /.mysql_history /.psql_history /.rediscli_history /.viminfo /.s3cfg /.boto /.passwd /.hgignore /.terraform/ /.circleci/ /.travis.yml /.gitlab-ci.yml
		/.claude/ /.cursor/ /.cursorignore /.aiignore /.continue/ /.aider /.roo/ /.zed/ /.cline/ /.kiro/ /.windsurf/ /.rovodev/ /.codex/ /.opencode/ /.a0proj/ /.plandex/ /.fabric/ /.n8n/ /.junie/
		id_rsa id_dsa id_ecdsa id_ed25519 /docker-compose.y /dockerfile /wp-config /web.config /global.asax /composer.lock /phpunit/ eval-stdin.php /phpinfo /info.php /_phpinfo
		/server-status /server-info /nginx_status /status?full /fpm-status /actuator/env /actuator/heapdump /actuator/gateway /actuator/jolokia /actuator/logfile /actuator/threaddump /actuator/mappings /jolokia/ /heapdump
		/trace.axd /elmah.axd /invoker/jmxinvoker /invoker/ejbinvoker /jbossws/ /wls-wsat/ /_async/asyncresponse /bea_wls_ /uddiexplorer /struts/webconsole /solr/ /cgi-bin/ /cgi-mod/ /boaform/ /hnap1 /gponform /goform/ /setup.cgi /shell?
		/_ignition/execute /telescope/requests /laravel/.env /debug/default/view /_profiler/ /app_dev.php /_debugbar/ /vendor/phpunit /storage/logs/laravel /debug.log /error.log /errors.log /error_log /access.log /access_log
		/owa/auth/x.js /autodiscover/autodiscover.json? /ecp/dlidownload /tmui/ /mgmt/tm/ /dana-na/ /dana/ /remote/fgt_lang /vpns/ /+cscoe+/ /+cscot+/ /sslvpn /global-protect/ /pulse/ /powershell/?
		/@fs/ /@id/__x00__ /sys/class /proc/ /etc/passwd /etc/shadow /etc/hosts backup.sql dump.sql database.sql db.sql /backup.zip /backup.tar /www.zip /wwwroot. /website.zip /site.tar
		/c99.php /r57.php /wso.php /shell.php /cmd.php /cmd.jsp /shell.jsp /alfa.php /b374k /webshell /adminer.php /evil.php /backdoor /antsword /china.php /mini.php
		/human.aspx /moveitisapi /setupwizard.aspx /goanywhere/lic /mifs/ /.json?ping /api/v1/pods /api/v2/cmdb/ /ui/vropspluginui /ui/h5-vsan /sdk/vimservice /nagios /zabbix/jsrpc /cacti/
		..;/ /%3b/ /;/ ;.js/ ;.css/`)},
	{finds: FamilyExploitable, right: edgeEnd, words: list(`.php~ .jsp~ .asp~ .pem .jks .kdbx .tfstate`)},
}

// endsSegment tells whether the word ends a segment of a path, and so a value
// that is a path: there is no white space before it, and no sign that the value
// is an address of e-mail.
func endsSegment(text string, from, to int) bool {
	for i := to; i < len(text); i++ {
		if c := text[i]; c == '/' || c == '&' || c == '"' || c == '?' || c == ';' || c == 0 {
			break
		} else if c != '.' && c != ' ' {
			return false
		}
	}
	for i := from - 1; i >= 0 && from-i < 256; i-- {
		switch c := text[i]; {
		case c == '/' || c == '\\' || c == '=':
			return true
		case c == '@' || isSpace(c):
			return false
		}
	}
	return from > 0 || text[0] == '.'
}
