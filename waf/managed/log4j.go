package managed

// Lookups of Log4j 2: ${jndi:…}, also where jndi is put together from others.
var log4jSearches = []search{
	{finds: FamilyLog4j, words: []string{"${"}, confirm: lookup},
	{finds: FamilyLog4j, words: []string{"jndi:ldap", "jndi:rmi", "jndi:dns", "jndi:iiop", "jndi:nis", "jndi:corba", "jndi:http", "${env:aws_", "${sys:java.", "${java:version}", "${ctx:loginid}"}},
}

// Bounds of what is put together.
const (
	lookupText = 256
	lookupName = 16
)

// lookup reads what a lookup resolves to, as far as one knows without asking:
// ${lower:J} is j, ${anything:-x} is x. It tells whether the whole begins with
// jndi: then.
//
// It resolves as it reads: whatever stands before the last :- or, if there is
// none, before the last colon of an inner lookup is dropped.
func lookup(text string, _, to int) bool {
	var name [lookupName]byte // what is resolved so far
	n := 0
	var begins [8]int // where in name the inner lookups began
	var plain [8]bool // and whether what follows is their default, as it is
	depth := 0
	for i := to; i < len(text) && i < to+lookupText; i++ {
		c := text[i]
		switch {
		case c == '$' && i+1 < len(text) && text[i+1] == '{', c == '$' && i+2 < len(text) && text[i+1] == '$' && text[i+2] == '{':
			if depth == len(begins) {
				return true // nobody nests so deep who has nothing to hide
			}
			begins[depth], plain[depth] = n, false
			depth++
			for text[i] == '$' {
				i++
			}
			continue
		case c == '}':
			if depth == 0 {
				return isJNDI(name[:n])
			}
			depth--
			continue
		case c == ':' && depth > 0 && !plain[depth-1]:
			n = begins[depth-1] // a prefix, or what a default replaces
			if i+1 < len(text) && text[i+1] == '-' {
				plain[depth-1] = true
				i++
			}
			continue
		}
		if n < len(name) {
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			name[n] = c
			n++
		}
		if depth == 0 && n >= 5 {
			return isJNDI(name[:n])
		}
	}
	return isJNDI(name[:n])
}

func isJNDI(name []byte) bool { return len(name) >= 5 && string(name[:5]) == "jndi:" }
