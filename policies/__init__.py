"""Who may: a folder per claim type, rules common to all, and the kit that loads, checks and asks them."""
