package disk

// A Record is what Get returns: a head, whose meaning is the caller's, and
// content. Nobody changes its bytes.
type Record struct {
	// Order is that of the Put, 0 if an earlier process wrote the record.
	Order uint64
	// Head is the record's head, and Content its content, unless Stored says
	// that it was left where it is.
	Head, Content []byte
	// Joined is head and content as one, if that is how they are in memory.
	Joined []byte
	Stored *Content
}
