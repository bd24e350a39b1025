export * from "@apollo/composition/dist/hints.js";
