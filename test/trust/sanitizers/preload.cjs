// Loaded into every Node process of a sanitized run: whoever loads the addon gets the one that was built with sanitizers.

const { join } = require("node:path");

const addon = join(__dirname, "../../../build/addon-address/RelWithDebInfo/mqtt_native.node");
const load = process.dlopen;

process.dlopen = (module, path, ...rest) =>
  load.call(process, module, path.endsWith("mqtt_native.node") ? addon : path, ...rest);
