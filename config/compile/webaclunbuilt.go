package compile

// What package config reads of web ACLs and nothing evaluates yet is refused
// here, by its position.

func (k *firewall) unbuilt(at, what string) error { return k.errorAt(at, "%s is not built yet", what) }
