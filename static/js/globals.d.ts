// What classic scripts put on the window: htmx (through django-htmx) and tus-js-client.
interface Window {
  htmx: any;
  tus: any;
}
