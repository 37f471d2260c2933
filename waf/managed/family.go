package managed

import (
	"math/bits"
	"strings"
)

// A Family is a set of families of attacks: what a rule looks for, and what a
// pass over a text finds.
type Family uint64

// The families.
const (
	FamilyTraversal        Family = 1 << iota // ways up and out of a folder
	FamilyRemote                              // files included from an IP address
	FamilyMetadata                            // the metadata services of clouds
	FamilyScript                              // cross-site scripting
	FamilyExtension                           // names of files that are no pages
	FamilyAdmin                               // paths of tools for administration
	FamilyExploitable                         // paths that only who attacks asks for
	FamilyJava                                // Java's deserialisation, expressions, Runtime
	FamilyLog4j                               // lookups that Log4j 2 followed
	FamilyReact                               // React's server components, taken apart
	FamilySQL                                 // SQL injection, by its detector
	FamilySQLExtended                         // SQL injection, by patterns
	FamilySystemFile                          // files of Linux that say much
	FamilyUnix                                // shell commands and variables of Unix
	FamilyWindows                             // commands of Windows
	FamilyPowerShell                          // commands of PowerShell
	FamilyPHP                                 // functions, variables and streams of PHP
	FamilyWordPressCommand                    // what WordPress plugins have been attacked with
	FamilyWordPressPath                       // files of WordPress that are no pages
	FamilyScanner                             // names of scanners, in a User-Agent
)

var familyNames = [...]string{
	"traversal", "remote file", "metadata", "script", "extension", "admin", "exploitable path", "java", "log4j", "react",
	"sql", "sql extended", "system file", "unix", "windows", "powershell", "php", "wordpress command", "wordpress path", "scanner",
}

// String returns the names of the families in f.
func (f Family) String() string {
	if f == 0 {
		return "none"
	}
	var names []string
	for rest := f; rest != 0; rest &= rest - 1 {
		n := bits.TrailingZeros64(uint64(rest))
		if n >= len(familyNames) {
			return "Family(?)"
		}
		names = append(names, familyNames[n])
	}
	return strings.Join(names, ", ")
}
