package managed

// Commands for a shell of Unix. Most separators and substitutions say nothing by
// themselves: the word behind one must be a command, and if that is a word of
// English, too, it must be followed by what follows commands.
var unixSearches = []search{
	{finds: FamilyUnix, words: []string{";", "|", "&", "`", "$(", "<(", ">(", "{", "${ifs}", "\n"}, confirm: commandBehind},
	// The beginning of a value: commands that nothing else is called, or with arguments that only commands have.
	{finds: FamilyUnix, words: unmistakable, left: edgeStart, right: edgeName},
	{finds: FamilyUnix, words: list(`ls cat wget curl ping nc ncat netcat bash sh zsh ksh dash busybox perl python python2 python3 python3.10 ruby php nohup strace time env perf chmod chown uname whoami id
		find flock cpulimit gunzip zstdcat bsdtar zcat rm cp mv ln dd kill tar shutdown c99 c89 gdb awk sed grep egrep pip pip3 pipx rc cut dig nslookup ifconfig ll printf echo exec cd tac rev base64 gcc
		unxz unzip xxd od nl head tail sudo su ssh scp rsync telnet socat tee xargs alias vim ex mkfifo openssl crontab ps`), left: edgeStart, right: edgeWord, confirm: commandLine},
	// Full paths of commands.
	{finds: FamilyUnix, words: []string{"/bin/", "/sbin/"}, confirm: commandPath},
	{finds: FamilyUnix, words: []string{"bin/"}, left: edgeStart, confirm: func(text string, _, to int) bool { return commandPathAt(text, to-1) }},
	{finds: FamilyUnix, words: list(`/dev/tcp/ /dev/udp/ ${shell} ${ifs} $ifs$ $ifs/ ${path} ${home} ${path# ${path: ${pwd ${ifs% ${ifs: ${@} <<<$( $((`), confirm: nil},
	{finds: FamilyUnix, words: list(`$home $path $shell $ifs $pwd`), right: edgeWord, confirm: func(text string, from, _ int) bool {
		before := backSpace(text, from, 8)
		return before < from && (endsFold(text, before, "echo") || endsFold(text, before, "cat") || endsFold(text, before, "ls") || endsFold(text, before, "printf") || endsFold(text, before, "cd")) ||
			edgeStart.ok(text, from-1) || text[max(0, from-1)] == ';'
	}},
	// Function definitions that bash took from its environment, and bombs.
	{finds: FamilyUnix, words: []string{"() {", "(){"}, confirm: func(text string, from, to int) bool {
		rest := text[skipSpace(text, to, 8):min(len(text), to+24)]
		return from == 0 || edgeStart.ok(text, from-1) && from > 0 && text[from-1] == '=' || len(rest) > 1 && rest[0] == ':' && rest[1] == ';' || bomb(text, from, to)
	}},
	{finds: FamilyUnix, words: []string{"<!--#exec", "<!--#include", "<!--#echo", "<!--#printenv"}},
	// A file of the system with a wildcard in its name, and a command with one.
	{finds: FamilyUnix, words: list(`/etc/pas[ /etc/pa[ /etc/[ /[e /[?] /e*/ /et*/ /?tc/ /???/ /bi[n] /b?n/ /bin/ca? /usr/[ /usr/bin/[ /e?? /etc/p? /etc/${ /etc/$( /etc$ /et$`)},
	{finds: FamilyUnix, words: []string{"cat<<<", "cat <<<", "<<<$(", "<<<\""}},
	{finds: FamilyUnix, words: []string{"set -o history", "exec 5<>", "0>&1", ">&/dev/", ">& /dev/", "2>&1 ", "1>&2", "-wrapper sh,-c", "| sh", "|sh", "|bash", "| bash", "|base64", "| base64 -d"}, right: edgeAny, confirm: func(text string, _, to int) bool {
		return to == len(text) || !isLetter(text[to]) || text[to-1] == '/'
	}},
	{finds: FamilyUnix, words: []string{"alias "}, left: edgeStart, confirm: func(text string, _, to int) bool {
		for i := to; i < len(text) && i < to+48; i++ {
			if text[i] == '=' {
				return true
			}
		}
		return false
	}},
	// Brace expansion: {l,-lh}s {,ip,a}
	{finds: FamilyUnix, words: []string{"{,", ",}"}, confirm: func(text string, from, to int) bool {
		return to < len(text) && (isLetter(text[to]) || text[to] == '/' || text[to] == '$') || from > 0 && isLetter(text[from-1])
	}},
	// Variables one behind the other, as a=cu;b=rl;$a$b, and within words: c$@at.
	{finds: FamilyUnix, obscures: true, words: list(`$@ $* $! $? $_ $$ $-`), confirm: func(text string, from, to int) bool {
		return from > 0 && to < len(text) && isLetter(text[from-1]) && isLetter(text[to])
	}},
	{finds: FamilyUnix, words: []string{"$()", "``", "<()", ">()"}, confirm: func(text string, from, to int) bool {
		if to-from < 2 || from == 0 || text[from-1] == '`' || to < len(text) && text[to] == '`' {
			return false // ``` begins code in Markdown
		}
		return isLetter(text[from-1]) && (to == len(text) || isLetter(text[to]) || isSpace(text[to])) || text[from] != '`' && to < len(text) && isLetter(text[to])
	}},
	{finds: FamilyUnix, words: []string{"&&$", ";$", "|$", "&& $"}, confirm: func(text string, _, to int) bool {
		end := wordAt(text, to)
		return end > to && !isDigit(text[to]) && end < len(text) && (text[end] == ' ' || text[end] == '$' || text[end] == '+')
	}},
	{finds: FamilyUnix, words: []string{"<(", ">("}, confirm: func(text string, from, to int) bool {
		return (from == 0 || edgeStart.ok(text, from-1)) && to < len(text) && isLetter(text[to]) && hasByte(text, to, 24, ')')
	}},
	{finds: FamilyUnix, words: []string{"~+", "~-"}, left: edgeStart, confirm: func(text string, _, to int) bool {
		for to < len(text) && isDigit(text[to]) {
			to++
		}
		return to == len(text)
	}},
}

// hasByte tells whether text[i:i+n] has a byte.
func hasByte(text string, i, n int, c byte) bool {
	for end := min(len(text), i+n); i < end; i++ {
		if text[i] == c {
			return true
		}
	}
	return false
}

// unmistakable are commands that are nothing else.
var unmistakable = list(`ansible-config ansible-console ansible-doc ansible-galaxy ansible-inventory ansible-playbook ansible-pull ansible-vault chef-client chef-run chef-shell chef-vault visudo cscli
	ssh-copy-id ssh-keygen aa-disable aa-enforce aa-complain apparmor_parser crontab gcc7.4 adduser useradd usermod userdel groupadd iptables ip6tables tcpdump strace ltrace mkfifo mknod nslookup traceroute ifconfig
	insmod rmmod modprobe systemctl journalctl setsid busybox zstdcat unxz bsdtar lwp-download lwp-request xxencode uuencode uudecode`)

// commandNames are commands; those that are English or ordinary words besides
// are in alsoWords.
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
	alsoWords = set(`
		ab ash at cat column comm cp cron cut dash date df dig docker du echo ed env ex expect file find fish fold bridge ftp gem gimp git hd head history host id install ip java join jobs kill last less link ln locate ls mail make man more mount mysql nano nginx node npm npx nice nl patch paste perf perl php pico ping pip pr pry ps pwd python
		rename reset rc rev ruby run script sed service set sg sh sleep sort source split ss ssh strings su svn tail tar tee test time timeout top touch trap type ul unzip uniq update view vi w watch who whois wish write xz yes zip export eval exec alias cd kubectl openssl passwd reboot shutdown sudo tac vim wc cc psql printf sftp ksh irb od lp rvim csh go`)
)

// wrappers are commands whose first argument is another.
var wrappers = set(`time sudo nohup strace ltrace env exec xargs nice setsid stdbuf timeout watch command builtin eval busybox do then else`)

// commandBehind tells whether a command follows a separator, which is
// text[from:to].
func commandBehind(text string, from, to int) bool {
	c := text[from]
	switch {
	case c == '\n':
		return commandAfter(text, to, separatorWeak)
	case c == '{':
		return to < len(text) && isSpace(text[to]) && commandAfter(text, to, separatorWeak)
	case c == '&' && (to == len(text) || text[to] != '&'):
		return commandAfter(text, to, separatorArgument)
	case c == '&':
		return commandAfter(text, to+1, separatorPlain)
	case c == '|' && to < len(text) && text[to] == '|':
		return commandAfter(text, to+1, separatorPlain)
	case c == '`' && from > 0 && !isWord(text[from-1]) && text[from-1] != '=' && text[from-1] != ';' && text[from-1] != '|':
		return false // code in Markdown
	case c == '`' || c == '$' || c == '<' || c == '>':
		return commandAfter(text, to, separatorOpens)
	}
	return commandAfter(text, to, separatorPlain)
}

// A separator says how much a separator says by itself.
type separator uint8

const (
	separatorPlain    separator = iota // ; | && ||
	separatorOpens                     // a substitution: what follows is a command if anything is
	separatorArgument                  // &, which separates query arguments, too
	separatorWeak                      // a line's end
)

func (s separator) String() string {
	switch s {
	case separatorPlain:
		return "plain"
	case separatorOpens:
		return "opens"
	case separatorArgument:
		return "argument"
	case separatorWeak:
		return "weak"
	}
	return "separator(?)"
}

// commandAfter tells whether there is a command at i, white space aside.
func commandAfter(text string, i int, s separator) bool {
	i = skipSpace(text, i, 8)
	if i == len(text) {
		return false
	}
	for begin := i; i-begin < 4 && (text[i] == '"' || text[i] == '\'' || text[i] == '(' || text[i] == '{' || text[i] == '!' || text[i] == '@'); {
		if i++; i == len(text) {
			return false
		}
	}
	i = skipSpace(text, i, 4)
	if i < len(text) && text[i] == '/' {
		return commandPathAt(text, i)
	}
	end := wordAt(text, i)
	for end > i && text[end-1] == '.' {
		end--
	}
	if end == i {
		return false
	}
	var a [longestCommand]byte
	name := lower(text[i:end], &a)
	if s == separatorOpens && wrappers[string(name)] || wrappers[string(name)] && s != separatorWeak {
		next := skipSpace(text, end, 4)
		if next > end {
			e := wordAt(text, next)
			var b [longestCommand]byte
			if known := lower(text[next:e], &b); commandNames[string(known)] && (e == len(text) || text[e] != ' ' || !alsoWords[string(known)]) || commandNames[string(known)] && commandLike(text, e) {
				return true
			}
		}
	}
	if !commandNames[string(name)] && !alsoWords[string(name)] {
		return false
	}
	if end < len(text) && !endsCommand(text[end]) {
		return false
	}
	switch {
	case s == separatorWeak:
		return commandLike(text, end) && sensitive(text, end)
	case s == separatorOpens:
		return commandNames[string(name)] || commandLike(text, end)
	case s == separatorArgument && (end == len(text) || text[end] == '&' || text[end] == '='):
		return commandNames[string(name)] && len(name) > 4
	case alsoWords[string(name)]:
		return commandLike(text, end) || s == separatorPlain && commandNames[string(name)] && (end == len(text) || isClosing(text[end]))
	}
	return true
}

// endsCommand tells whether a byte may stand right behind a command.
func endsCommand(c byte) bool {
	return isSpace(c) || c == ';' || c == '|' || c == '&' || c == '<' || c == '>' || c == '`' || c == ')' || c == '"' || c == '\'' || c == '$' || c == '}' || c == '('
}

func isClosing(c byte) bool { return c == ';' || c == '|' || c == '`' || c == ')' || c == '\'' }

// commandLike tells whether what follows a command at i looks like its
// arguments: an option, a path, a variable, a redirection, another command.
func commandLike(text string, i int) bool {
	j := skipSpace(text, i, 4)
	if j == len(text) {
		return false
	}
	spaced := j > i
	switch c := text[j]; c {
	case '-':
		return spaced && j+1 < len(text) && (isLetter(text[j+1]) || text[j+1] == '-' || isDigit(text[j+1]))
	case '/', '~':
		return j+1 < len(text) && (isWord(text[j+1]) || text[j+1] == '?' || text[j+1] == '*' || text[j+1] == '[' || text[j+1] == ' ' || text[j+1] == ';')
	case '.':
		return spaced && j+1 < len(text) && (text[j+1] == '/' || text[j+1] == '.' || text[j+1] == ' ')
	case '$':
		return j+1 < len(text) && !isDigit(text[j+1])
	case '>':
		return j+1 < len(text) && (text[j+1] == '/' || text[j+1] == '>' || text[j+1] == '&' || text[j+1] == ' ' && j+2 < len(text) && text[j+2] == '/')
	case '<':
		return hasFold(text, j, "<<<") || j+1 < len(text) && text[j+1] == '/'
	case '|':
		return commandAfter(text, j+1, separatorPlain)
	case '`':
		return spaced
	case '+':
		return hasFold(text, j, "+x ")
	}
	if hasFold(text, j, "http://") || hasFold(text, j, "https://") || hasFold(text, j, "ftp://") {
		return true
	}
	return spaced && numericArgument(text, j)
}

// numericArgument tells whether an IPv4 address is at i, as ping has it.
func numericArgument(text string, i int) bool {
	k, _, ok := hostKind(0), uint32(0), false
	if isDigit(text[i]) {
		k, _, ok = numericHost(text[i:min(len(text), i+longestHost)])
	}
	return ok && k == hostQuad
}

// sensitive tells whether a path of the system is near.
func sensitive(text string, i int) bool {
	near := text[i:min(len(text), i+64)]
	for j := 0; j+4 < len(near); j++ {
		if near[j] == '/' && (hasFold(near, j, "/etc/") || hasFold(near, j, "/bin/") || hasFold(near, j, "/dev/") || hasFold(near, j, "/proc/") || hasFold(near, j, "/tmp/") || hasFold(near, j, "/var/")) {
			return true
		}
	}
	return false
}

// commandLine confirms a command that begins a value.
func commandLine(text string, from, to int) bool {
	if to < len(text) && (text[to] == '=' || text[to] == '.' || text[to] == '-' || text[to] == '/') {
		return false
	}
	var a [longestCommand]byte
	name := lower(text[from:to], &a)
	if wrappers[string(name)] {
		next := skipSpace(text, to, 4)
		e := wordAt(text, next)
		var b [longestCommand]byte
		known := lower(text[next:e], &b)
		if next > to && commandNames[string(known)] && (!alsoWords[string(known)] || skipSpace(text, e, 2) == len(text) || commandLike(text, e)) {
			return true
		}
	}
	if j := skipSpace(text, to, 2); j < len(text) && (text[j] == ';' || text[j] == '|') {
		return !alsoWords[string(name)] && text[j] == ';' || commandAfter(text, j+1, separatorPlain)
	}
	return commandLike(text, to)
}

// commandPath confirms the folder of a command, whose last slash is text[to-1].
func commandPath(text string, from, to int) bool {
	if endsFold(text, from, "#!") || endsFold(text, from, "#!/usr") {
		return false // the first line of a script
	}
	if from > 0 && isWord(text[from-1]) && !endsFold(text, from, "/usr") && !endsFold(text, from, "/local") && !endsFold(text, from, "/opt") {
		return false
	}
	return commandPathAt(text, from)
}

// commandPathAt tells whether a command with its folders is at i.
func commandPathAt(text string, i int) bool {
	for range 4 {
		end := wordAt(text, i+1)
		if end == len(text) || text[end] != '/' {
			var a [longestCommand]byte
			name := lower(text[i+1:end], &a)
			if end > i+1 && (commandNames[string(name)] || alsoWords[string(name)]) && (end == len(text) || endsCommand(text[end]) || text[end] == '?') {
				return endsFold(text, i+1, "bin/")
			}
			return endsFold(text, i+1, "bin/") && end < len(text) && (text[end] == '?' || text[end] == '*' || text[end] == '[')
		}
		i = end
	}
	return false
}

// bomb tells whether a function whose parameters are text[from:to-1] calls itself
// and goes on: f(){ f|f& };f
func bomb(text string, from, to int) bool {
	begin := from
	for begin > 0 && from-begin < 24 && !isSpace(text[begin-1]) && text[begin-1] != '=' && text[begin-1] != ';' && text[begin-1] != '"' {
		begin--
	}
	name := text[begin:from]
	if name == "" {
		return false
	}
	body := text[to:min(len(text), to+64)]
	i := skipSpace(body, 0, 8)
	if len(body)-i < len(name) || body[i:i+len(name)] != name {
		return false
	}
	i += len(name)
	for i < len(body) && (body[i] == '(' || body[i] == ')' || isSpace(body[i])) {
		i++
	}
	return i < len(body) && (body[i] == '|' || body[i] == '&')
}
