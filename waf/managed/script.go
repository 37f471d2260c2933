package managed

// Scripts for browsers that the detector of XssMatch does not know.
var scriptSearches = []search{}
