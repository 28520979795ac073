// What classic scripts put on the window: htmx (through django-htmx) and tus-js-client.
interface Window {
  htmx: any;
  tus: any;
}

// Served beside our modules, from the package as npm installed it.
declare module "*/wavesurfer.esm.js" {
  const WaveSurfer: any;
  export default WaveSurfer;
}
