package managed

// unmistakable are commands that are nothing else.
var unmistakable = list(`ansible-config ansible-console ansible-doc ansible-galaxy ansible-inventory ansible-playbook ansible-pull ansible-vault chef-client chef-run chef-shell chef-vault visudo cscli
	ssh-copy-id ssh-keygen aa-disable aa-enforce aa-complain apparmor_parser crontab gcc7.4 adduser useradd usermod userdel groupadd iptables ip6tables tcpdump strace ltrace mkfifo mknod nslookup traceroute ifconfig
	insmod rmmod modprobe systemctl journalctl setsid busybox zstdcat unxz bsdtar lwp-download lwp-request xxencode uuencode uudecode`)

// commandNames are commands.
var (
	commandNames = set(`
		7z 7za 7zr ab adduser useradd userdel usermod groupadd ansible ansible-config ansible-console ansible-doc ansible-galaxy ansible-inventory ansible-playbook ansible-pull ansible-vault apt-get aptitude aria2c ash awk gawk mawk nawk
		base32 base64 basenc bash bsdcat bsdtar bunzip2 busybox bzcat bzip2 c89 c99 cat cc chattr chef-client chef-run chef-shell chef-vault chgrp chmod chown chroot cpio cpulimit cron crontab cscli csh csplit curl
		dash dd df dhclient dig dmesg dmidecode dmsetup dnf docker dpkg du dvips easy_install ed egrep env printenv esh ethtool fdisk fgrep fish flock ftp g++ gcc gdb gem getent getfacl gimp git gunzip gzexe gzip
		hd hexdump hping3 htop iconv id ifconfig iftop insmod ionice ip iptables ip6tables irb java javac jjs journalctl jrunscript kill killall kmod ksh ksh93 kubectl ldconfig ldd ln ls lsattr lsb_release lscpu lsmod lsof lspci lsusb ltrace lua lwp-download lwp-request lz4 lzcat lzma
		mawk md5sum mkdir mkfifo mknod modprobe mv mysql mysqladmin mysqldump nano nawk nc ncat netcat netkit-ftp netplan netstat nginx nmap node nohup npm npx nsenter nslookup openssl
		passwd pdb perf perl perl5 pftp php php5 php7 php8 pico pidstat pigz ping ping6 pip pip3 pipx pkexec pkill pry ps psed psftp psql ptx pwd python python2 python3 python3.10 rbash rcp reboot rlogin rlwrap rm rmdir rmmod rmt rmt-dump rmt-tar rnano rpm rpmdb rsh rsync ruby run-mailcap run-parts rvim rview
		scp sed setarch setfacl setsid sftp sg sh sh.distrib sha1sum sha256sum shuf shutdown sqlite3 ss ssh ssh-copy-id ssh-keygen sshpass stdbuf strace su sudo svn systemctl sysctl tac tar tarsh tasksh tclsh tcpdump tcpreplay tcsh telnet tftp tmux tnftp traceroute tshark ul unexpand uname uncompress unlzma unxz unzip unzstd uconv useradd userdel usermod uudecode uuencode
		valgrind vi view vim vimdiff virsh visudo wget whiptail who whoami whois wireshark xargs xelatex xetex xmodmap xmore xpad xterm xxd xz xzcat xzdiff xzegrep xzless zcat zcmp zdiff zegrep zfgrep zgrep zip zless zmore znew zsh zstd zstdcat zstdgrep zypper gcc10.1 gcc7.4 gcc9 cowsay cowthink column fold comm bridge find cut sort uniq head tail
		cp echo printf env set`)
	// alsoWords are commands that are ordinary words besides, some of which are in
	// commandNames, too: those that nearly nobody writes behind a separator.
	alsoWords = set(`
		ab ash at cat column comm cp cron cut dash date df dig docker du echo ed env ex expect file find fish fold bridge ftp gem gimp git hd head history host id install ip java join jobs kill last less link ln locate ls mail make man more mount mysql nano nginx node npm npx nice nl patch paste perf perl php pico ping pip pr pry ps pwd python
		rename reset rc rev ruby run script sed service set sg sh sleep sort source split ss ssh strings su svn tail tar tee test time timeout top touch trap type ul unzip uniq update view vi w watch who whois wish write xz yes zip export eval exec alias cd kubectl openssl passwd reboot shutdown sudo tac vim wc cc psql printf sftp ksh irb od lp rvim csh go`)
)

// wrappers are commands whose first argument is another.
var wrappers = set(`time sudo nohup strace ltrace env exec xargs nice setsid stdbuf timeout watch command builtin eval busybox do then else`)

// beginners are commands with which a value begins that is to be run, where
// their arguments show it.
const beginners = `ls cat wget curl ping nc ncat netcat bash sh zsh ksh dash busybox perl python python2 python3 python3.10 ruby php nohup strace time env perf chmod chown uname whoami id
	find flock cpulimit gunzip zstdcat bsdtar zcat rm cp mv ln dd kill tar shutdown c99 c89 gdb awk sed grep egrep pip pip3 pipx rc cut dig nslookup ifconfig ll printf echo exec cd tac rev base64 gcc
	unxz unzip xxd od nl head tail sudo su ssh scp rsync telnet socat tee xargs alias vim ex mkfifo openssl crontab ps`
