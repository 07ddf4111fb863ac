"""Where incidents concentrate, whether it is more than chance, and the page that shows it."""
