package managed

// URLs whose host is an address.
var remoteSearches = []search{
	{finds: FamilyRemote, words: []string{"://"}, confirm: func(text string, from, to int) bool {
		if !remoteScheme(text, from) {
			return false
		}
		h, _, ok := hostAt(text, to)
		return ok && h != hostName || len(text)-1 > to && text[len(text)-1] == '?' && to-from == 3 && startsValue(text, from)
	}},
	{finds: FamilyRemote, words: []string{"http:", "https:", "ftp:", "ftps:"}, left: edgeWord, confirm: func(text string, _, to int) bool {
		if to < len(text) && isSlash(text[to]) {
			return false
		}
		h, _, ok := hostAt(text, to)
		return ok && h == hostQuad
	}},
	{finds: FamilyRemote, words: []string{"file:///", "url:file:", "jar:http:", "jar:https:", "jar:file:", "gopher://", "dict://", "netdoc://", "local_file:"}, left: edgeWord},
}

// The services from which a cloud's machine learns its credentials.
var metadataSearches = []search{
	{finds: FamilyMetadata, words: list(`169.254.169.254 169.254.170.2 fd00:ec2::254 ::ffff:a9fe:a9fe ::ffff:169.254.169.254
		100.100.100.200 192.0.0.192 metadata.google.internal computemetadata/v1 latest/meta-data latest/user-data
		latest/dynamic/instance-identity latest/api/token metadata/instance?api-version metadata/identity/oauth2
		metadata.packet.net metadata.tencentyun.com metadata/v1.json metadata/v1/id opc/v1/instance opc/v2/instance rancher-metadata
		169.254.169.254.nip.io 169-254-169-254 a9fea9fe`), left: edgeAny},
	{finds: FamilyMetadata, words: []string{"instance-data"}, left: edgeStart, right: edgeEnd},
	{finds: FamilyMetadata, words: []string{"://", "http:", "https:"}, confirm: func(text string, _, to int) bool {
		_, address, ok := hostAt(text, to)
		return ok && (address == 0xA9FEA9FE || address == 0xA9FEAA02)
	}},
}

// A hostKind says how a host is spelled.
type hostKind uint8

const (
	hostName   hostKind = iota
	hostQuad            // four decimal numbers
	hostNumber          // an IPv4 address in another spelling
	hostV6              // an IPv6 address in brackets
	hostRounds          // digits or letters in circles, which IDNA takes for what they hold
)

func (k hostKind) String() string {
	switch k {
	case hostName:
		return "name"
	case hostQuad:
		return "IPv4"
	case hostNumber:
		return "number"
	case hostV6:
		return "IPv6"
	case hostRounds:
		return "circled"
	}
	return "hostKind(?)"
}

// longestHost bounds how far a host is looked at.
const longestHost = 96

// hostAt reads the host of a URL, from behind the two slashes on; user
// information before it is skipped. The address is that of an IPv4 host.
func hostAt(text string, i int) (kind hostKind, address uint32, ok bool) {
	end := min(len(text), i+longestHost)
	for j := i; j < end; j++ {
		switch c := text[j]; {
		case c == '@':
			i = j + 1
		case c == '/' || c == '"' || c == '<' || c == '>' || c == '\'' || c == '\n':
			end = j
		}
	}
	if i >= end {
		return 0, 0, false
	}
	switch c := text[i]; {
	case c == '[':
		return hostV6, 0, i+2 < end && isHexOrColon(text[i+1]) && isHexOrColon(text[i+2])
	case c == 0xE2 && i+2 < end && text[i+1] >= 0x91 && text[i+1] <= 0x93:
		return hostRounds, 0, true
	case !isDigit(c):
		return hostName, 0, true
	}
	return numericHost(text[i:end])
}

func isHexOrColon(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' || c == ':'
}

// numericHost reads an IPv4 address as inet_aton does: one to four numbers,
// decimal, octal or hexadecimal, of which the last fills what is left. A dot may
// be an ideographic full stop.
func numericHost(text string) (kind hostKind, address uint32, ok bool) {
	var parts [4]uint64
	n, plain := 0, true
	for i := 0; ; {
		if n == len(parts) {
			return hostName, 0, true
		}
		value, used, decimal := number(text[i:])
		if used == 0 {
			return hostName, 0, true
		}
		parts[n], plain = value, plain && decimal
		n++
		i += used
		if i < len(text) && text[i] == '.' && i+1 < len(text) && isDigit(text[i+1]) {
			i++
			continue
		}
		if hasFold(text, i, "。") {
			i += len("。")
			plain = false
			continue
		}
		if i < len(text) && (isWord(text[i]) || text[i] == '-' || text[i] == '.' && i+1 < len(text) && isWord(text[i+1])) {
			return hostName, 0, true // 1.2.3.4.example.com, 3com.example
		}
		break
	}
	last := parts[n-1]
	switch {
	case n == 4 && plain:
		for _, p := range parts {
			if p > 255 {
				return hostName, 0, true
			}
		}
		kind = hostQuad
	case n == 1 && last < 1<<16:
		return hostName, 0, true
	default:
		kind = hostNumber
	}
	for _, p := range parts[:n-1] {
		address = address<<8 | uint32(p&0xFF)
	}
	return kind, address<<(8*uint(5-n)) | uint32(last), true
}

// number reads one number; more than 64 bits lose their upper ones.
func number(text string) (value uint64, used int, decimal bool) {
	base := uint64(10)
	if hasFold(text, 0, "0x") {
		base, used = 16, 2
	} else if len(text) > 1 && text[0] == '0' && isDigit(text[1]) {
		base = 8
	}
	begin := used
	for used < len(text) {
		c := text[used]
		var d uint64
		switch {
		case isDigit(c):
			d = uint64(c - '0')
		case base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f':
			d = uint64(c|0x20-'a') + 10
		default:
			d = base
		}
		if d >= base {
			break
		}
		value = value*base + d
		used++
	}
	if used == begin {
		return 0, 0, false
	}
	return value, used, base == 10
}

var remoteSchemes = set(`http https ftp ftps file gopher dict ldap ldaps sftp ssh telnet tftp smb imap imaps pop3 smtp irc rtmp rsync xri acap nfs jar netdoc ssh2 ws wss`)

// remoteScheme tells whether text[:i] ends with a scheme that fetches.
func remoteScheme(text string, i int) bool {
	j := i
	for j > 0 && i-j < 8 && (isLetter(text[j-1]) || isDigit(text[j-1])) {
		j--
	}
	var a [longestCommand]byte
	return remoteSchemes[string(lower(text[j:i], &a))]
}

// startsValue tells whether the scheme before i begins a value.
func startsValue(text string, i int) bool {
	for i > 0 && isLetter(text[i-1]) {
		i--
	}
	return edgeStart.ok(text, i-1)
}
