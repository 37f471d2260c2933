package managed

// Commands of Windows, and of PowerShell.
var windowsSearches = []search{
	{finds: FamilyWindows, words: []string{";", "|", "&", "\n", "`", "%0a"}, confirm: windowsBehind},
	{finds: FamilyWindows, words: list(`cmd.exe cmd/c cmd+/c %comspec% %systemroot% %windir% %programfiles% %appdata% %localappdata% %userprofile%\ c:\windows\ c:/windows/ c:\winnt\ \system32\ \syswow64\ /windows/system32/
		/windows/win.ini \windows\win.ini \\127.0.0.1\ \\localhost\c$ \admin$ wscript.shell shell.application scripting.filesystemobject xp_cmdshell certutil.exe bitsadmin.exe mshta.exe rundll32.exe regsvr32.exe wmic.exe nslookup.exe cscript.exe wscript.exe schtasks.exe powershell.exe
		hkey_local_machine hkey_current_user hklm\ hkcu\ `)},
	{finds: FamilyWindows, words: []string{"cmd /c", "cmd /k", "cmd.exe /c", "certutil -", "bitsadmin /", "rundll32 ", "regsvr32 /", "mshta http", "mshta javascript", "wmic process", "schtasks /", "net user ", "net localgroup", "net use ", "reg add ", "reg query ", "vssadmin delete", "wevtutil cl", "netsh advfirewall", "sc stop ", "sc create ", "taskkill /", "tasklist /"}, left: edgeWord},
	// Loops and conditions of cmd.
	{finds: FamilyWindows, words: []string{"for "}, left: edgeWord, confirm: loop},
	{finds: FamilyWindows, words: []string{"if ", "if/i "}, left: edgeWord, confirm: condition},
	{finds: FamilyPowerShell, words: []string{"powershell", "pwsh"}, left: edgeWord, confirm: func(text string, _, to int) bool {
		if hasFold(text, to, ".exe") {
			return true
		}
		i := skipSpace(text, to, 8)
		return i > to && i+1 < len(text) && (text[i] == '-' && isLetter(text[i+1]) || text[i] == '/' || text[i+1] == ':' || text[i] == '$' || text[i] == '&' || text[i] == '(' || text[i] == '\'' || text[i] == '"' || hasFold(text, i, "iex") || hasFold(text, i, "invoke-") || hasFold(text, i, "get-"))
	}},
	{finds: FamilyPowerShell, left: edgeWord, right: edgeWord, words: cmdlets()},
	{finds: FamilyPowerShell, words: list(`-executionpolicy bypass -encodedcommand [system.convert]::frombase64string system.convert]:: [system.text.encoding] net.webclient system.net.webclient .downloadstring( .downloadfile( system.management.automation system.reflection.assembly [reflection.assembly] [system.io.file]:: $executioncontext. $env:comspec $env:appdata $env:temp $psversiontable $pshome`)},
	{finds: FamilyPowerShell, words: []string{"-noprofile -", "-nop -", "-windowstyle hidden", "-w hidden", "-enc ", "-ep bypass", "-exec bypass"}, left: edgeAny, confirm: func(text string, from, to int) bool {
		return findFold(text[max(0, from-64):min(len(text), to+64)], "powershell") || findFold(text[max(0, from-64):min(len(text), to+64)], "pwsh")
	}},
	{finds: FamilyPowerShell, words: []string{";", "|", "&", "`"}, confirm: func(text string, from, to int) bool {
		i := skipSpace(text, to, 4)
		end := wordAt(text, i)
		var a [longestCommand]byte
		return end < len(text) && (isSpace(text[end]) || text[end] == '(') && shortCmdlets[string(lower(text[i:end], &a))] && !prose(text, end)
	}},
}

// windowsNames are commands; those that are English or ordinary words besides
// are in windowsWords and need a switch, a path, a redirection or a number behind.
var (
	windowsNames = set(`
		cmd cmd.exe powershell powershell.exe pwsh arp assoc attrib auditpol bcdboot bcdedit bitsadmin bootcfg cacls certreq certutil chkdsk chkntfs cipher cmdkey cmstp cscript csvde diskpart diskshadow dnscmd doskey driverquery dsadd dsget dsquery
		esentutl eventcreate eventvwr expand extrac32 fltmc findstr forfiles fsutil ftype gpresult gpupdate hostname icacls infdefaultinstall installutil ipconfig ldifde lodctr logman makecab mavinject microsoft.workflow.compiler mklink mmc mountvol msbuild msconfig msdt mshta msiexec msinfo32 msxsl
		nbtstat net net1 netcfg netsh netstat nltest nslookup ntdsutil odbcconf openfiles pathping pcalua pcwrun pnputil presentationhost qprocess quser qwinsta rasautou rasdial reg regasm regedit regini regsvcs regsvr32 robocopy rundll32 runas runonce runscripthelper
		schtasks scrcons secedit setx sfc shellrunas subst sxstrace syssetup systeminfo takeown taskkill tasklist tftp tracert tscon tskill typeperf vaultcmd vbc verclsid vssadmin wbadmin wecutil wevtutil whoami winrm winrs wmic wscript wsreset wuauclt wusa xcopy zipfldr nslookup.exe ping.exe`)
	windowsWords = set(`at cd chdir cls copy date del dir echo erase exit find format ftp move path ping print rd md ren rename replace route sc set shutdown sort start telnet time tree type ver vol where`)
	shortCmdlets = set(`iex iwr iwmi irm icm sal saps gwmi gci gcm gps spps sasv wget curl`)
)

// windowsBehind tells whether a command follows a separator.
func windowsBehind(text string, from, to int) bool {
	weak := text[from] == '\n' || text[from] == '`'
	single := text[from] == '&'
	for begin := to; to < len(text) && to-begin < 4 && (text[to] == text[from] || text[to] == '(' || text[to] == '"' || text[to] == '@'); {
		single = single && text[to] != '&'
		to++
	}
	i := skipSpace(text, to, 8)
	end := i
	for end < len(text) && end-i < longestCommand && (isWord(text[end]) || text[end] == '.') {
		end++
	}
	if end == i {
		return false
	}
	var a [longestCommand]byte
	name := lower(text[i:end], &a)
	known, word := windowsNames[string(name)], windowsWords[string(name)]
	if !known && !word || end < len(text) && !endsCommand(text[end]) && text[end] != '/' && text[end] != '^' {
		return false
	}
	if single && (end == len(text) || text[end] == '&' || text[end] == '=') {
		return false // a query argument without a value
	}
	if word || weak {
		return switchLike(text, end)
	}
	return end == len(text) || !isSpace(text[end]) || !prose(text, end)
}

// switchLike tells whether what follows at i looks like the arguments of a
// command of Windows.
func switchLike(text string, i int) bool {
	j := skipSpace(text, i, 4)
	if j+1 >= len(text) {
		return false
	}
	switch c := text[j]; c {
	case '/':
		return isLetter(text[j+1]) || text[j+1] == '?'
	case '%', '\\', '>':
		return isWord(text[j+1]) || text[j+1] == '\\' || text[j+1] == '>' || text[j+1] == '*'
	case '-':
		return j > i && isLetter(text[j+1])
	case '*':
		return text[j+1] == '.'
	case '<':
		return j > i && text[j+1] != '/' && text[j+1] != '!'
	}
	if isLetter(text[j]) && text[j+1] == ':' && j+2 < len(text) && isSlash(text[j+2]) {
		return true
	}
	if j > i && isDigit(text[j]) {
		k, _, ok := numericHost(text[j:min(len(text), j+longestHost)])
		if ok && k == hostQuad {
			return true
		}
		return hasFold(text, j+1, ":00 \"") || hasFold(text, j+2, ":00 \"")
	}
	return false
}

// prose tells whether what follows a word at i reads on like a sentence: a word
// of letters, then another or an end.
func prose(text string, i int) bool {
	j := skipSpace(text, i, 4)
	end := j
	for end < len(text) && end-j < longestCommand && isLetter(text[end]) {
		end++
	}
	return end > j && (end == len(text) || text[end] == ' ' || text[end] == '.' || text[end] == ',') && (end+1 >= len(text) || isLetter(text[end+1]) || text[end+1] == ' ') && end-j > 1
}

// loop confirms for %x in (…).
func loop(text string, from, to int) bool {
	i := skipSpace(text, to, 32)
	for range 8 {
		if i >= len(text) {
			return false
		}
		if text[i] == '%' || text[i] == '!' {
			break
		}
		if text[i] != '/' && text[i] != '"' && !(isLetter(text[i]) && i+1 < len(text) && text[i+1] == ':') && text[i] != '\\' {
			return false
		}
		for begin, quoted := i, false; i < len(text) && i-begin < 64 && (quoted || !isSpace(text[i])); i++ {
			quoted = quoted != (text[i] == '"')
		}
		i = skipSpace(text, i, 32)
	}
	for begin := i; i < len(text) && i-begin < 4 && text[i] == '%'; i++ {
	}
	if i < len(text) && !isSpace(text[i]) {
		for range 8 {
			if i < len(text) && !isSpace(text[i]) {
				i++
			}
		}
	}
	j := skipSpace(text, i, 32)
	return j > i && hasFold(text, j, "in") && hasByte(text, skipSpace(text, j+2, 16), 1, '(')
}

// comparisons of cmd's IF.
var comparisons = set(`equ neq lss leq gtr geq`)

// condition confirms if [/i] [not] and what only cmd's IF has.
func condition(text string, from, to int) bool {
	start := backSpace(text, from, 4)
	if start > 0 && text[start-1] != '=' && text[start-1] != ';' && text[start-1] != '&' && text[start-1] != '|' && text[start-1] != '(' && text[start-1] != '\n' {
		return false
	}
	i := skipSpace(text, to, 32)
	if hasFold(text, i, "/i") {
		i = skipSpace(text, i+2, 32)
	}
	if hasFold(text, i, "not ") {
		i = skipSpace(text, i+4, 32)
	}
	for _, word := range [...]string{"exist ", "defined ", "errorlevel ", "cmdextversion "} {
		if hasFold(text, i, word) {
			return skipSpace(text, i+len(word), 32) < len(text)
		}
	}
	rest := text[i:min(len(text), i+64)]
	for j := 0; j+3 < len(rest); j++ {
		switch c := rest[j]; {
		case c == '=' && rest[j+1] == '=':
			return j > 0
		case isSpace(c) && j+4 < len(rest) && isSpace(rest[j+4]):
			var a [longestCommand]byte
			if comparisons[string(lower(rest[j+1:j+4], &a))] {
				return true
			}
		}
	}
	return false
}

// cmdlets are PowerShell's, by verb and noun.
func cmdlets() []string {
	nouns := map[string]string{
		"invoke":      `expression webrequest restmethod command item wmimethod cimmethod history mimikatz shellcode tracecommand asworkflow`,
		"start":       `process job service bitstransfer sleep transcript threadjob`,
		"new":         `object service psdrive pssession item itemproperty localuser scheduledtask webserviceproxy timespan`,
		"get":         `content childitem process service wmiobject ciminstance command credential itemproperty localuser localgroup eventlog winevent aduser adcomputer hotfix acl clipboard netadapter nettcpconnection location variable executionpolicy psdrive host computerinfo scheduledtask`,
		"set":         `content item itemproperty executionpolicy acl location mppreference service variable alias wmiinstance`,
		"add":         `type content member mppreference localgroupmember pssnapin`,
		"remove":      `item itemproperty service process eventlog job`,
		"stop":        `process service computer job`,
		"out":         `file string default host gridview null`,
		"import":      `module csv clixml pssession`,
		"export":      `clixml csv pfxcertificate modulemember`,
		"convertto":   `securestring html json`,
		"convertfrom": `securestring json base64`,
		"enter":       `pssession`,
		"copy":        `item`,
		"move":        `item`,
		"rename":      `item computer`,
		"test":        `connection netconnection path`,
		"write":       `output host eventlog`,
		"select":      `string object`,
		"foreach":     `object`,
		"where":       `object`,
		"register":    `scheduledtask wmievent objectevent`,
		"enable":      `psremoting`,
		"disable":     `psremoting`,
		"restart":     `computer service`,
		"expand":      `archive`,
		"compress":    `archive`,
		"clear":       `eventlog history content`,
		"unblock":     `file`,
		"install":     `module package`,
		"update":      `help module`,
		"wait":        `process job`,
		"resolve":     `dnsname path`,
		"send":        `mailmessage`,
		"read":        `host`,
		"format":      `table list volume`,
		"measure":     `command object`,
		"sort":        `object`,
		"limit":       `eventlog`,
		"debug":       `process`,
		"save":        `help`,
		"checkpoint":  `computer`,
		"complete":    `bitstransfer`,
		"suspend":     `service`,
		"resume":      `service bitstransfer`,
		"tee":         `object`,
		"uninstall":   `module package`,
		"unregister":  `scheduledtask`,
		"reset":       `computermachinepassword`,
		"trace":       `command`,
		"push":        `location`,
		"pop":         `location`,
		"split":       `path`,
		"join":        `path`,
		"compare":     `object`,
		"group":       `object`,
		"protect":     `cmsmessage`,
		"receive":     `job`,
		"show":        `command eventlog`,
		"use":         `transaction`,
	}
	var all []string
	for verb, list := range nouns {
		for noun := range set(list) {
			all = append(all, verb+"-"+noun)
		}
	}
	return all
}
