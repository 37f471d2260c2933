package managed

// Files of Linux that tell about a system, its people and its secrets.
var systemFileSearches = []search{
	{finds: FamilySystemFile, right: edgeAny, words: list(`
		/etc/passwd /etc/shadow /etc/gshadow /etc/group /etc/sudoers /etc/master.passwd /etc/security/ /etc/subuid /etc/subgid
		/etc/hosts /etc/hostname /etc/resolv.conf /etc/network/ /etc/netplan /etc/issue /etc/motd /etc/os-release /etc/lsb-release
		/etc/redhat-release /etc/debian_version /etc/fstab /etc/mtab /etc/crontab /etc/cron.d /etc/cron.daily /etc/anacrontab /etc/init.d/ /etc/rc.local /etc/inittab /etc/systemd/
		/etc/profile /etc/bash.bashrc /etc/environment /etc/inputrc /etc/shells /etc/services /etc/inetd.conf /etc/xinetd /etc/ld.so /etc/pam.d/ /etc/login.defs
		/etc/ssh/ /etc/ssl/private /etc/pki/ /etc/openldap /etc/ldap /etc/krb5 /etc/samba /etc/exports /etc/snmp /etc/rsyncd /etc/vsftpd /etc/proftpd /etc/pure-ftpd
		/etc/apache /etc/apache2/ /etc/httpd/ /etc/nginx/ /etc/lighttpd/ /etc/haproxy /etc/squid /etc/varnish /etc/tomcat /etc/php /etc/mysql/ /etc/my.cnf /etc/postgresql /etc/redis /etc/mongod
		/etc/mongodb.conf /etc/postfix/ /etc/dovecot /etc/exim /etc/bind/ /etc/named.conf /etc/docker /etc/kubernetes/ /etc/rancher /etc/ansible /etc/puppet /etc/chef /etc/aws /etc/openvpn /etc/wireguard
		/etc/logrotate /etc/rsyslog /etc/syslog /etc/sysctl /etc/modprobe /etc/modules /etc/default/ /etc/apt/ /etc/yum /etc/phpmyadmin /etc/wpa_supplicant /etc/timezone /etc/webmin /etc/fail2ban
		/proc/self/ /proc/thread-self /proc/version /proc/cmdline /proc/cpuinfo /proc/meminfo /proc/mounts /proc/net/ /proc/sys/ /proc/interrupts /proc/ioports /proc/modules /proc/partitions /proc/swaps
		/proc/stat /proc/uptime /proc/sched_debug /proc/devices /proc/filesystems /proc/kcore /proc/kallsyms /proc/key-users /proc/config.gz /proc/1/ /proc/loadavg /proc/diskstats /proc/vmstat /proc/crypto
		/sys/class /sys/kernel /sys/firmware /sys/devices /sys/module
		/var/log/ /var/run/secrets /run/secrets/ /var/mail/ /var/spool/cron /var/spool/mail /var/lib/mysql /var/lib/php /var/lib/dpkg /var/lib/docker /var/lib/kubelet /var/www/ /var/backups /var/cache/
		/usr/local/etc/ /usr/local/apache /usr/local/apps/ /usr/local/nginx /usr/local/php /usr/local/tomcat /usr/local/mysql /opt/tomcat /opt/lampp /opt/bitnami
		/dev/tcp/ /dev/udp/ /dev/shm/ /dev/mem /dev/kmem /dev/sda /dev/null /dev/random /tmp/sess_ /tmp/curl /boot/grub /boot/config
		/root/. /.ssh/ .ssh/id_ .ssh/authorized_keys .ssh/known_hosts .ssh/config id_rsa id_dsa id_ecdsa id_ed25519
		.aws/credentials .aws/config .azure/ .config/gcloud .docker/config .docker/secrets .kube/config .gnupg/ .password-store
		.bash_history .bash_logout .bash_profile .bashrc .zsh_history .zshrc .sh_history .ash_history .mysql_history .psql_history .sqlite_history .rediscli_history .python_history .node_repl_history .lesshst .viminfo
		backup.sql dump.sql wp-config.php configuration.php settings.php localsettings.php web-inf/web.xml web-inf/ httpd.conf nginx.conf apache2.conf php.ini my.ini boot.ini win.ini windows/system32/ winnt/ system32/config
	`)},
	{finds: FamilySystemFile, right: edgeWord, words: list(`
		.my.cnf .pgpass .netrc .rhosts .forward .gitconfig .git-credentials .git/config .svn/entries .hg/hgrc .subversion/ .npmrc .pypirc .gem/credentials .boto .s3cfg .dockercfg .dockerenv .htpasswd .htaccess
	`)},
	// Wildcards of the shell where such a file would be: /et*/pa?swd.
	{finds: FamilySystemFile, words: []string{"/et*/", "/et?/", "/e*/", "/?tc/", "/???/", "/e??/", "/pass??", "/pa?sw", "/pas*"}},
}
