package config

// anyOther in a notBuilt list stands for every value that is not in values.
const anyOther = "*"
