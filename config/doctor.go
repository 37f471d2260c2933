package config

// Doctor is about the warnings of package config/doctor. Not at AWS.
type Doctor struct {
	// Ignore are traps that are not warned of, by name, as a warning has it:
	// what is meant as it is needs no warning. Default none.
	Ignore []Trap `config:"ignore"`
}

// omitted: a doctor that ignores nothing is as good as none.
func (c Config) omitted() []string {
	if len(c.Doctor.Ignore) == 0 {
		return []string{"doctor"}
	}
	return nil
}
