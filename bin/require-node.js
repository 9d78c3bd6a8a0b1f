// Runs before anything is installed, on whatever Node npm itself runs on, so it must stay plain.
// Why 20.19: older ones make npm leave out the bundler's native part, and the build would fail late.
var have = process.versions.node.split('.').map(Number)
if (have[0] < 20 || (have[0] === 20 && have[1] < 19)) {
  console.error(
    'fieldtap: npm runs on Node ' +
      process.versions.node +
      ', the install needs Node 20.19 or newer with npm 9 or newer; ' +
      'install a newer nodejs (Debian 13: apt install nodejs npm) and run npm install again.',
  )
  process.exit(1)
}
