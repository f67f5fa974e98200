"""The charts of the Explorer as HoloViews elements: data in, element out; `Chart` draws them."""
