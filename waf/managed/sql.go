package managed

// Patterns of SQL injection besides the detector of SqliMatch.
var sqlSearches = []search{}
