// Stands in for a package that is only used in development.
module.exports = {};
